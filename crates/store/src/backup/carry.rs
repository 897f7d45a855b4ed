//! Carries a whole database between the engines, row by row. The file of a backup is an SQLite database whatever
//! engine it was taken from, so it can be put back into either.
//!
//! What there is to carry is read from the file's own schema: a table that a migration adds cannot be forgotten here.

use std::path::Path;

use crate::driver::sqlite::{self, Role, Tuning};
use crate::driver::{Link, Mode, postgres};
use crate::fault::DbFault;
use crate::migrate::{self, lay_schema};
use crate::sql::{Row, Value};

const TABLES: &str = "select m.name, c.name, c.type from sqlite_schema m join pragma_table_info(m.name) c \
     where m.type = 'table' order by m.name, c.cid";
const FILLED: &str = "select count(*) from information_schema.tables where table_schema = current_schema()";
const IDENTITIES: &str = "select table_name::text, column_name::text from information_schema.columns \
     where table_schema = current_schema() and is_identity = 'YES'";

/// A table, as the file's schema has it.
struct Table {
    name: String,
    columns: Vec<String>,
    types: Vec<postgres::Type>,
}

impl Table {
    fn select(&self) -> String {
        format!("select {} from {}", self.columns.join(", "), self.name)
    }

    fn insert(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        format!("insert into {} ({}) values ({})", self.name, self.columns.join(", "), places.join(", "))
    }

    fn copy(&self) -> String {
        format!("copy {} ({}) from stdin binary", self.name, self.columns.join(", "))
    }
}

/// Copies one state of a PostgreSQL database into a file, while it is written to.
pub(super) fn out(from: &mut postgres::Conn, file: &Path) -> Result<(), DbFault> {
    from.begin(Mode::Snapshot)?;
    from.unhurried()?;
    let version = migrate::version_of(&from.rows(migrate::DONE, &[])?)?;
    // Not durable while it is written: nobody has it before it is whole, checked and flushed.
    let tuning = Tuning { scratch: true, page_limit: None };
    let mut to = Link::Sqlite(Box::new(sqlite::Conn::open(file, Role::Writer, tuning)?));
    // No journal either, which would hold everything a second time: half a file is thrown away.
    to.script("pragma journal_mode = off")?;
    to.begin(Mode::Write)?;
    lay_schema(&mut to, version)?;
    let Link::Sqlite(to) = &mut to else { return Err(DbFault::Internal("not SQLite".into())) };
    for table in tables(to)? {
        let insert = table.insert();
        from.each(&table.select(), &mut |row| to.run_text(&insert, row))?;
    }
    to.script("commit")?;
    // One file, complete without a journal beside it.
    to.script("pragma journal_mode = delete")?;
    from.script("rollback")
}

/// Fills an empty PostgreSQL database from a file: all of it, or nothing.
pub(super) fn into(to: &mut Link, file: &Path, version: i64) -> Result<(), DbFault> {
    let tuning = Tuning { scratch: false, page_limit: None };
    let mut from = sqlite::Conn::open(file, Role::Reader, tuning)?;
    from.begin(Mode::Snapshot)?;
    to.begin(Mode::Write)?;
    to.unhurried()?;
    if to.rows(FILLED, &[])?.first().map_or(Ok(0), |row| row.int(0))? > 0 {
        return Err(DbFault::open("the database is not empty: make a new one, and restore into that"));
    }
    lay_schema(to, version)?;
    let Link::Postgres(to) = to else { return Err(DbFault::Internal("not PostgreSQL".into())) };
    for table in tables(&mut from)? {
        let select = table.select();
        to.copy_in(&table.copy(), &table.types, |write| from.each(&select, write))?;
    }
    for row in to.rows(IDENTITIES, &[])? {
        // What the database numbers by itself goes on after the rows that were brought.
        let (table, column) = (row.text(0)?, row.text(1)?);
        to.script(&format!(
            "select setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) from {table}"
        ))?;
    }
    to.script("commit")
}

fn tables(file: &mut sqlite::Conn) -> Result<Vec<Table>, DbFault> {
    let mut tables: Vec<Table> = Vec::new();
    for row in file.rows(TABLES, &[])? {
        let (name, column) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        let r#type = type_of(&row)?;
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => {
                table.columns.push(column);
                table.types.push(r#type);
            }
            None => tables.push(Table { name, columns: vec![column], types: vec![r#type] }),
        }
    }
    Ok(tables)
}

fn type_of(row: &Row) -> Result<postgres::Type, DbFault> {
    match row.text(2)?.to_ascii_lowercase().as_str() {
        "integer" => Ok(postgres::Type::INT8),
        "text" => Ok(postgres::Type::TEXT),
        "blob" => Ok(postgres::Type::BYTEA),
        other => Err(DbFault::Corrupt { what: "schema", why: format!("a column has the type {other}") }),
    }
}

/// A row on its way.
pub(crate) type EachRow<'f> = dyn FnMut(&[Value]) -> Result<(), DbFault> + 'f;
