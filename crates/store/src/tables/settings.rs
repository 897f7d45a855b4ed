//! Small facts of the deployment, by name. They belong to no organization, so whoever changes one takes the turn first:
//! see [`Sql::turn`].

use crate::fault::DbFault;
use crate::sql::{Sql, Value};

const FIND: &str = "select value from settings where name = $1";
const SET: &str = "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
const DELETE: &str = "delete from settings where name = $1 and value = $2";
pub const STATEMENTS: &[&str] = &[FIND, SET, DELETE];

pub fn find(sql: &mut Sql<'_>, name: &str) -> Result<Option<Vec<u8>>, DbFault> {
    sql.rows(FIND, &[Value::Text(name.to_owned())])?
        .first()
        .map(|row| row.blob(0).map(<[u8]>::to_vec))
        .transpose()
}

/// The setting as it stands, or these bytes from now on: whoever adds it first wins, on any node.
pub fn find_or_set(sql: &mut Sql<'_>, name: &str, value: &[u8]) -> Result<Vec<u8>, DbFault> {
    sql.turn()?;
    if let Some(found) = find(sql, name)? {
        return Ok(found);
    }
    set(sql, name, value)?;
    Ok(value.to_vec())
}

pub fn set(sql: &mut Sql<'_>, name: &str, value: &[u8]) -> Result<(), DbFault> {
    sql.turn()?;
    sql.run(SET, &[Value::Text(name.to_owned()), Value::Blob(value.to_vec())]).map(drop)
}

/// Removes the setting if it still holds this value; false if it did not.
pub fn take(sql: &mut Sql<'_>, name: &str, value: &[u8]) -> Result<bool, DbFault> {
    sql.turn()?;
    Ok(sql.run(DELETE, &[Value::Text(name.to_owned()), Value::Blob(value.to_vec())])? == 1)
}
