//! Revocation marks.

use chancery_kernel::{Id, OrgId, Seconds, Timestamp};
use chancery_model::{Application, Mark, MarkKey};

use crate::fault::DbFault;
use crate::hot::Delta;
use crate::sql::{Sql, Value};
use crate::tables::nouns::blob;
use crate::tx::Tx;

const SET: &str = "insert into marks (org, name, pos, at, until) values ($1, $2, $3, $4, $5) \
     on conflict (org, name) do update set pos = excluded.pos, at = excluded.at, until = excluded.until";
const ALL: &str = "select org, name, pos, at, until from marks order by pos";
const FORGET: &str = "delete from marks where until < $1";
pub const STATEMENTS: &[&str] = &[SET, ALL, FORGET];

/// Beyond this, every token a mark could kill has expired: the longest lifetime and room for skewed clocks.
pub const MEMORY: Seconds = Seconds(Application::LONGEST_LIFETIME.0 + 120);

pub(crate) fn all(sql: &mut Sql<'_>) -> Result<Vec<Mark>, DbFault> {
    sql.rows(ALL, &[])?
        .iter()
        .map(|row| {
            Ok(Mark {
                org: OrgId::from_uuid(row.uuid(0)?),
                key: row.text(1)?.to_owned(),
                pos: row.int(2)?,
                at: Timestamp::from_micros(row.int(3)?),
                until: Timestamp::from_micros(row.int(4)?),
            })
        })
        .collect()
}

/// Forgets marks that can kill nothing any more.
pub fn forget(sql: &mut Sql<'_>, now: Timestamp) -> Result<u64, DbFault> {
    sql.run(FORGET, &[Value::Int(now.micros())])
}

impl Tx<'_> {
    /// Kills every token that carries the key and whose decision stands before this event of the log.
    pub fn mark(&mut self, key: MarkKey, pos: i64) -> Result<Mark, DbFault> {
        let now = self.now();
        let mark = Mark { org: self.org(), key: key.to_string(), pos, at: now, until: now.plus(MEMORY) };
        let args = [
            blob(mark.org),
            Value::Text(mark.key.clone()),
            Value::Int(pos),
            Value::Int(now.micros()),
            Value::Int(mark.until.micros()),
        ];
        self.sql().run(SET, &args)?;
        self.change(Delta::Mark(mark.clone(), key));
        Ok(mark)
    }
}
