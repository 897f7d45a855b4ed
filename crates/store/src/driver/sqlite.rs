//! SQLite: WAL, every commit on disk before it is answered.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql, ffi};

use super::{ByStatement, Key, Mode};
use crate::backup::EachRow;
use crate::dialect::numbered;
use crate::fault::DbFault;
use crate::room;
use crate::sql::{Row, Value};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// Settings that tests and scratch databases change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tuning {
    /// Gives up durability: for databases that end with the process.
    pub scratch: bool,
    pub page_limit: Option<u32>,
}

pub(crate) struct Conn {
    db: Connection,
    spelled: ByStatement<String>,
    saved: bool,
}

impl Conn {
    pub(crate) fn open(path: &Path, role: Role, tuning: Tuning) -> Result<Self, DbFault> {
        // No SQLITE_OPEN_URI: a path is a path, whatever it contains.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let create = OpenFlags::SQLITE_OPEN_CREATE;
        let flags = if role == Role::Writer { flags | create } else { flags };
        let db = Connection::open_with_flags(path, flags).map_err(|e| at_open(path, &e))?;
        db.set_prepared_statement_cache_capacity(512);
        let mut pragmas =
            String::from("pragma busy_timeout = 5000; pragma foreign_keys = on; pragma temp_store = memory;");
        match role {
            Role::Writer => {
                // 64 MB: by then the checkpointer has carried most of it over.
                pragmas.push_str("pragma cache_size = -16000; pragma journal_mode = wal; pragma wal_autocheckpoint = 16000; ");
                pragmas.push_str(&format!("pragma journal_size_limit = {};", room::MOST));
                pragmas.push_str(if tuning.scratch {
                    "pragma synchronous = off;"
                } else {
                    "pragma synchronous = full;"
                });
            }
            // The inner pages of ten million entries and their index take some 45 MB: with fewer, every look-up reads
            // some of them again. It is a bound, and filled only by what is read.
            Role::Reader => pragmas.push_str("pragma query_only = on; pragma cache_size = -64000;"),
        }
        if let Some(pages) = tuning.page_limit {
            pragmas.push_str(&format!("pragma max_page_count = {pages};"));
        }
        db.execute_batch(&pragmas).map_err(|e| at_open(path, &e))?;
        Ok(Self { db, spelled: ByStatement::default(), saved: false })
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), DbFault> {
        self.saved = false;
        match mode {
            Mode::Write => self.run("begin immediate", &[]).map(drop),
            Mode::Snapshot => self.run("begin", &[]).map(drop),
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), DbFault> {
        self.run("commit", &[]).map(drop)
    }

    pub(crate) fn in_transaction(&self) -> bool {
        !self.db.is_autocommit()
    }

    /// Releasing the previous savepoint first keeps the stack of them one high.
    pub(crate) fn savepoint(&mut self) -> Result<(), DbFault> {
        if std::mem::replace(&mut self.saved, true) {
            self.run("release closure", &[])?;
        }
        self.run("savepoint closure", &[]).map(drop)
    }

    pub(crate) fn script(&mut self, text: &str) -> Result<(), DbFault> {
        self.db.execute_batch(text).map_err(|e| fault("a script", &e))
    }

    /// Says how many bytes of the write-ahead log are in use: its head, and of each frame a head and a page.
    pub(crate) fn checkpoint(&mut self) -> Result<u64, DbFault> {
        let frames = self.db.query_row("pragma wal_checkpoint(passive)", [], |row| row.get::<_, i64>(1));
        let frames = frames.map_err(|e| fault("a checkpoint", &e))?;
        Ok(u64::try_from(frames).map_or(0, |frames| 32 + frames * (24 + 4_096)))
    }

    pub(crate) fn prepare(&mut self, statement: &'static str) -> Result<(), DbFault> {
        self.ready(statement).map(drop)
    }

    fn ready(&mut self, statement: &'static str) -> Result<CachedStatement<'_>, DbFault> {
        let text = self.spelled.entry(Key::of(statement)).or_insert_with(|| numbered(statement));
        self.db.prepare_cached(text).map_err(|e| fault(statement, &e))
    }

    fn bound(&mut self, statement: &'static str, args: &[Value]) -> Result<CachedStatement<'_>, DbFault> {
        let mut ready = self.ready(statement)?;
        if ready.parameter_count() != args.len() {
            let why = format!("{} values for {} parameters", args.len(), ready.parameter_count());
            return Err(DbFault::Statement { statement, why });
        }
        for (i, value) in args.iter().enumerate() {
            ready.raw_bind_parameter(i + 1, value).map_err(|e| fault(statement, &e))?;
        }
        Ok(ready)
    }

    pub(crate) fn run(&mut self, statement: &'static str, args: &[Value]) -> Result<u64, DbFault> {
        let changed = self.bound(statement, args)?.raw_execute().map_err(|e| fault(statement, &e))?;
        Ok(changed as u64)
    }

    pub(crate) fn rows(&mut self, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbFault> {
        let mut out = Vec::new();
        self.stream(statement, args, &mut |row| {
            out.push(row);
            Ok(())
        })?;
        Ok(out)
    }

    pub(crate) fn stream(
        &mut self,
        statement: &'static str,
        args: &[Value],
        take: &mut dyn FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let mut ready = self.bound(statement, args)?;
        let columns = ready.column_count();
        let mut found = ready.raw_query();
        while let Some(row) = found.next().map_err(|e| fault(statement, &e))? {
            let mut values = Vec::with_capacity(columns);
            for i in 0..columns {
                values.push(column(statement, row.get_ref(i).map_err(|e| fault(statement, &e))?)?);
            }
            take(Row::new(values))?;
        }
        Ok(())
    }

    /// Hands over the rows of a text one by one, however many there are.
    pub(crate) fn each(&mut self, text: &str, f: &mut EachRow<'_>) -> Result<(), DbFault> {
        const WHICH: &str = "a whole table";
        let mut ready = self.db.prepare(text).map_err(|e| fault(WHICH, &e))?;
        let columns = ready.column_count();
        let mut found = ready.raw_query();
        let mut values = Vec::with_capacity(columns);
        while let Some(row) = found.next().map_err(|e| fault(WHICH, &e))? {
            values.clear();
            for i in 0..columns {
                values.push(column(WHICH, row.get_ref(i).map_err(|e| fault(WHICH, &e))?)?);
            }
            f(&values)?;
        }
        Ok(())
    }

    /// Runs a text that is not a constant: a row of a table on its way.
    pub(crate) fn run_text(&mut self, text: &str, args: &[Value]) -> Result<(), DbFault> {
        let mut ready = self.db.prepare_cached(text).map_err(|e| fault("a row", &e))?;
        ready.execute(rusqlite::params_from_iter(args)).map(drop).map_err(|e| fault("a row", &e))
    }

    pub(crate) const fn raw(&self) -> &Connection {
        &self.db
    }
}

fn column(statement: &'static str, value: ValueRef<'_>) -> Result<Value, DbFault> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
        ValueRef::Text(t) => match std::str::from_utf8(t) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(DbFault::Corrupt { what: "row", why: "text is not UTF-8".into() }),
        },
        ValueRef::Real(_) => {
            return Err(DbFault::Statement { statement, why: "a column is a floating-point number".into() });
        }
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(s) => ValueRef::Text(s.as_bytes()),
            Self::Blob(b) => ValueRef::Blob(b),
        }))
    }
}

fn at_open(path: &Path, error: &rusqlite::Error) -> DbFault {
    DbFault::open(format!("{}: {error}", path.display()))
}

/// Sorts an error into the kinds a caller can act on. SQLite's messages name tables and columns, not values.
pub(crate) fn fault(statement: &'static str, error: &rusqlite::Error) -> DbFault {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return DbFault::Statement { statement, why: error.to_string() };
    };
    let message = message.clone().unwrap_or_else(|| code.to_string());
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return duplicate(statement, &message);
        }
        _ => {}
    }
    match code.extended_code & 0xff {
        ffi::SQLITE_FULL => DbFault::unavailable("the disk is full"),
        ffi::SQLITE_READONLY
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_BUSY
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_NOMEM => DbFault::unavailable(message),
        _ => DbFault::Statement { statement, why: message },
    }
}

/// `UNIQUE constraint failed: agents.org, agents.name`
fn duplicate(statement: &'static str, message: &str) -> DbFault {
    let columns = message.split_once(": ").map_or(message, |(_, columns)| columns);
    let table = columns.split_once('.').map_or("", |(table, _)| table).to_owned();
    let what = columns.split(", ").map(|c| c.split_once('.').map_or(c, |(_, name)| name)).collect::<Vec<_>>();
    DbFault::Duplicate { table, what: what.join(", "), statement }
}
