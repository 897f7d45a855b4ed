//! Numbers that callers gave to objects of a store.

use std::sync::LazyLock;

use chancery_kernel::Fault;
use chancery_model::Store;

use crate::fault::DbFault;
use crate::insert::Insert;
use crate::sql::{Row, Sql, Value};
use crate::tx::Tx;

/// Names in one question; more are asked for in several.
const ASKED: usize = 256;
const SINCE: &str =
    "select object, kind, number, rev from object_ids where no = $1 and rev > $2 order by rev, object";
const LIST: &str = "select object, kind, number, rev from object_ids where no = $1 and kind = $2 and number > $3 \
     order by number limit $4";
const FORGET: &str = "delete from object_ids where (no, object) in \
     (select no, object from object_ids where no = $1 order by object limit $2)";

static PUT: LazyLock<Insert> = LazyLock::new(|| {
    let then = "on conflict (no, object) do update set number = excluded.number, rev = excluded.rev";
    Insert::new("object_ids (no, object, kind, number, rev)", 5, then)
});
static OF: LazyLock<String> = LazyLock::new(|| {
    asking("select object, kind, number, rev from object_ids where no = $1 and object in", 2)
});
static HOLDERS: LazyLock<String> = LazyLock::new(|| {
    asking("select object, kind, number, rev from object_ids where no = $1 and kind = $2 and number in", 3)
});

/// A statement with a list of [`ASKED`] parameters at its end.
fn asking(text: &str, first: usize) -> String {
    let places: Vec<String> = (first..first + ASKED).map(|n| format!("${n}")).collect();
    format!("{text} ({})", places.join(", "))
}

pub fn statements() -> Vec<&'static str> {
    PUT.statements().chain([SINCE, LIST, FORGET, OF.as_str(), HOLDERS.as_str()]).collect()
}

/// An object and its number; none: it was taken from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    pub object: String,
    pub kind: String,
    pub number: Option<u32>,
    pub rev: i64,
}

fn numbered(row: &Row) -> Result<Numbered, DbFault> {
    let number = row.maybe_int(2)?.map(u32::try_from).transpose();
    let number = number
        .map_err(|_| DbFault::Corrupt { what: "object_ids", why: "a number is out of range".into() })?;
    Ok(Numbered { object: row.text(0)?.to_owned(), kind: row.text(1)?.to_owned(), number, rev: row.int(3)? })
}

/// What changed after a revision.
pub fn since(sql: &mut Sql<'_>, store: &Store, rev: i64) -> Result<Vec<Numbered>, DbFault> {
    let mut all = Vec::new();
    sql.stream(SINCE, &[store.no.into(), rev.into()], &mut |row| {
        all.push(numbered(&row)?);
        Ok(())
    })?;
    Ok(all)
}

/// Those of a type after a number, by number.
pub fn list(
    sql: &mut Sql<'_>,
    store: &Store,
    kind: &str,
    after: Option<u32>,
    most: i64,
) -> Result<Vec<Numbered>, DbFault> {
    let after = after.map_or(-1, i64::from);
    sql.rows(LIST, &[store.no.into(), kind.into(), after.into(), most.into()])?.iter().map(numbered).collect()
}

/// Removes some rows of a store that is gone; how many.
pub(crate) fn sweep(sql: &mut Sql<'_>, no: i64, most: i64) -> Result<u64, DbFault> {
    sql.run(FORGET, &[no.into(), most.into()])
}

/// Asks in portions; what a portion lacks is filled up with its last.
fn in_portions<T: Clone + Into<Value>>(
    sql: &mut Sql<'_>,
    text: &'static str,
    before: &[Value],
    all: &[T],
) -> Result<Vec<Numbered>, DbFault> {
    let mut found = Vec::new();
    for portion in all.chunks(ASKED) {
        let Some(last) = portion.last() else { break };
        let filled = portion.iter().chain(std::iter::repeat(last)).take(ASKED).cloned().map(Into::into);
        let args: Vec<Value> = before.iter().cloned().chain(filled).collect();
        for row in sql.rows(text, &args)? {
            found.push(numbered(&row)?);
        }
    }
    Ok(found)
}

impl Tx<'_> {
    /// Which of these objects have, or had, a number.
    pub fn numbers_of(&mut self, store: &Store, objects: &[&str]) -> Result<Vec<Numbered>, Fault> {
        Ok(in_portions(self.sql(), OF.as_str(), &[store.no.into()], objects)?)
    }

    /// Which objects of a type have these numbers.
    pub fn holders_of(&mut self, store: &Store, kind: &str, numbers: &[u32]) -> Result<Vec<Numbered>, Fault> {
        Ok(in_portions(self.sql(), HOLDERS.as_str(), &[store.no.into(), kind.into()], numbers)?)
    }

    /// Gives numbers, or takes them. The caller has looked that they are free.
    pub fn put_numbers(&mut self, store: &Store, all: &mut [Numbered]) -> Result<(), Fault> {
        let no = store.no;
        PUT.insert(self.sql(), all, |one, args| {
            let number = one.number.map_or(Value::Null, Into::into);
            args.extend([
                no.into(),
                one.object.as_str().into(),
                one.kind.as_str().into(),
                number,
                one.rev.into(),
            ]);
        })?;
        Ok(())
    }
}
