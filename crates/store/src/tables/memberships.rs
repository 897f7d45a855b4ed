//! Who is in which group.

use chancery_kernel::{GroupId, Id, OrgId, UserId};
use chancery_model::Membership;

use crate::fault::DbFault;
use crate::hot::Delta;
use crate::sql::{Sql, Value};
use crate::tables::nouns::blob;
use crate::tx::Tx;

const INSERT: &str = "insert into memberships (grp, usr, org) values ($1, $2, $3) on conflict do nothing";
const DELETE: &str = "delete from memberships where grp = $1 and usr = $2 and org = $3";
const ALL: &str = "select org, grp, usr from memberships";
pub const STATEMENTS: &[&str] = &[INSERT, DELETE, ALL];

fn args(m: &Membership) -> [Value; 3] {
    [blob(m.group), blob(m.user), blob(m.org)]
}

pub(crate) fn all(sql: &mut Sql<'_>) -> Result<Vec<Membership>, DbFault> {
    sql.rows(ALL, &[])?
        .iter()
        .map(|row| {
            Ok(Membership {
                org: OrgId::from_uuid(row.uuid(0)?),
                group: GroupId::from_uuid(row.uuid(1)?),
                user: UserId::from_uuid(row.uuid(2)?),
            })
        })
        .collect()
}

impl Tx<'_> {
    /// Adds a person to a group; false if they were in it.
    pub fn join(&mut self, membership: Membership) -> Result<bool, DbFault> {
        let added = self.sql().run(INSERT, &args(&membership))? == 1;
        if added {
            self.change(Delta::Join(membership));
        }
        Ok(added)
    }

    /// Takes a person out of a group; false if they were not in it.
    pub fn leave(&mut self, membership: Membership) -> Result<bool, DbFault> {
        let left = self.sql().run(DELETE, &args(&membership))? == 1;
        if left {
            self.change(Delta::Leave(membership));
        }
        Ok(left)
    }
}
