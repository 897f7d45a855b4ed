//! Keys that seal the secrets of one organization: each sealed itself under the master key.

use chancery_kernel::{Fault, Id, KeyId, OrgId, Timestamp};

use crate::fault::DbFault;
use crate::sql::{Row, Sql};
use crate::tables::nouns::blob;
use crate::tx::Tx;

/// One key.
#[derive(Clone, Debug)]
pub struct DataKeyRow {
    pub id: KeyId,
    pub org: OrgId,
    pub active: bool,
    pub at: Timestamp,
    pub sealed: Vec<u8>,
}

const INSERT: &str = "insert into data_keys (id, org, active, at, sealed) values ($1, $2, $3, $4, $5)";
const ACTIVE: &str = "select id, org, active, at, sealed from data_keys where org = $1 and active = 1";
const FIND: &str = "select id, org, active, at, sealed from data_keys where id = $1 and org = $2";
const ALL: &str = "select id, org, active, at, sealed from data_keys order by id";
const ALL_ACTIVE: &str = "select id, org, active, at, sealed from data_keys where active = 1 order by org";
const RETIRED: &str = "select id from data_keys where org = $1 and active = 0 order by id";
const RETIRE: &str = "update data_keys set active = 0 where org = $1 and active = 1";
const RESEAL: &str = "update data_keys set sealed = $3 where id = $1 and org = $2";
pub const STATEMENTS: &[&str] = &[INSERT, ACTIVE, FIND, ALL, ALL_ACTIVE, RETIRED, RETIRE, RESEAL];

fn read(row: &mut Row) -> Result<DataKeyRow, DbFault> {
    let (id, org) = (KeyId::from_uuid(row.uuid(0)?), OrgId::from_uuid(row.uuid(1)?));
    Ok(DataKeyRow { id, org, active: row.flag(2)?, at: row.time(3)?, sealed: row.take_blob(4)? })
}

/// The key in use.
pub fn active(sql: &mut Sql<'_>, org: OrgId) -> Result<Option<DataKeyRow>, DbFault> {
    sql.rows(ACTIVE, &[blob(org)])?.first_mut().map(read).transpose()
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: KeyId) -> Result<Option<DataKeyRow>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first_mut().map(read).transpose()
}

/// Every organization's keys.
pub fn all(sql: &mut Sql<'_>) -> Result<Vec<DataKeyRow>, DbFault> {
    sql.rows(ALL, &[])?.iter_mut().map(read).collect()
}

/// The keys in use, one of each organization that has secrets.
pub fn all_active(sql: &mut Sql<'_>) -> Result<Vec<DataKeyRow>, DbFault> {
    sql.rows(ALL_ACTIVE, &[])?.iter_mut().map(read).collect()
}

/// Earlier keys of an organization: they open what they sealed, and seal nothing more.
pub fn retired(sql: &mut Sql<'_>, org: OrgId) -> Result<Vec<KeyId>, DbFault> {
    sql.rows(RETIRED, &[blob(org)])?.iter().map(|row| Ok(KeyId::from_uuid(row.uuid(0)?))).collect()
}

/// Replaces what seals a key: the same key, under another master key.
pub fn reseal(sql: &mut Sql<'_>, row: &DataKeyRow) -> Result<(), DbFault> {
    sql.run(RESEAL, &[blob(row.id), blob(row.org), row.sealed.as_slice().into()]).map(drop)
}

impl Tx<'_> {
    /// Adds the key that is used from now on; earlier ones open what they sealed.
    pub fn add_data_key(&mut self, row: &DataKeyRow) -> Result<(), Fault> {
        let org = blob(self.org());
        self.sql().run(RETIRE, std::slice::from_ref(&org))?;
        let args = [blob(row.id), org, true.into(), row.at.into(), row.sealed.as_slice().into()];
        self.sql().run(INSERT, &args)?;
        Ok(())
    }
}
