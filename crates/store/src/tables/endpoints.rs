//! What is sealed of endpoints: their addresses and the secrets that sign.

use chancery_kernel::{EndpointId, Fault, OrgId};

use crate::fault::DbFault;
use crate::sql::{Row, Sql};
use crate::tables::nouns::blob;
use crate::tx::Tx;

const PUT: &str = "insert into endpoint_seals (endpoint, org, sealed) values ($1, $2, $3) \
     on conflict (endpoint) do update set sealed = excluded.sealed";
const FIND: &str = "select sealed from endpoint_seals where endpoint = $1 and org = $2";
const DELETE: &str = "delete from endpoint_seals where endpoint = $1 and org = $2";
const ALL: &str = "select endpoint, sealed from endpoint_seals";
const RESEAL: &str = "update endpoint_seals set sealed = $2 where endpoint = $1";
pub const STATEMENTS: &[&str] = &[PUT, FIND, DELETE, ALL, RESEAL];

/// The sealed half of an endpoint.
pub fn sealed(sql: &mut Sql<'_>, org: OrgId, id: EndpointId) -> Result<Option<Vec<u8>>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first_mut().map(|row| row.take_blob(0)).transpose()
}

/// Everybody's, sealed under the master key.
pub fn all(sql: &mut Sql<'_>) -> Result<Vec<(EndpointId, Vec<u8>)>, DbFault> {
    let read = |row: &Row| Ok((row.id(0)?, row.blob(1)?.to_vec()));
    sql.rows(ALL, &[])?.iter().map(read).collect()
}

/// Replaces what seals it: the same, under another master key.
pub fn reseal(sql: &mut Sql<'_>, id: EndpointId, sealed: &[u8]) -> Result<(), DbFault> {
    sql.run(RESEAL, &[blob(id), sealed.into()]).map(drop)
}

impl Tx<'_> {
    pub fn seal_endpoint(&mut self, id: EndpointId, sealed: &[u8]) -> Result<(), Fault> {
        let args = [blob(id), blob(self.org()), sealed.into()];
        self.sql().run(PUT, &args)?;
        Ok(())
    }

    pub fn drop_endpoint_seal(&mut self, id: EndpointId) -> Result<(), Fault> {
        let args = [blob(id), blob(self.org())];
        self.sql().run(DELETE, &args)?;
        Ok(())
    }
}
