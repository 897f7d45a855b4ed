//! The two engines behind one face.

pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod tls;

use std::task::{Context, Poll};
use std::time::Duration;

use crate::dialect::Dialect;
use crate::fault::DbFault;
use crate::hint::Hint;
use crate::mixer::ById;
use crate::sql::{Row, Value};

/// How a transaction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Reads and writes.
    Write,
    /// Reads one state of the database, and cannot write.
    Snapshot,
}

/// A connection to either engine.
pub(crate) enum Link {
    Sqlite(Box<sqlite::Conn>),
    Postgres(Box<postgres::Conn>),
}

macro_rules! both {
    ($self:ident, $conn:ident => $call:expr) => {
        match $self {
            Self::Sqlite($conn) => $call,
            Self::Postgres($conn) => $call,
        }
    };
}

impl Link {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), DbFault> {
        both!(self, conn => conn.begin(mode))
    }

    pub(crate) fn commit(&mut self) -> Result<(), DbFault> {
        both!(self, conn => conn.commit())
    }

    /// Carries what is committed into the database file, as far as nobody stands in the way; on PostgreSQL the server's
    /// own affair. Says how many bytes of the write-ahead log are in use.
    pub(crate) fn checkpoint(&mut self) -> Result<u64, DbFault> {
        match self {
            Self::Sqlite(conn) => conn.checkpoint(),
            Self::Postgres(_) => Ok(0),
        }
    }

    /// Ends the transaction without a trace. Nothing to report: a connection that cannot even roll back is lost, and
    /// [`Self::lost`] says so.
    pub(crate) fn rollback(&mut self) {
        let ended = both!(self, conn => conn.in_transaction().then(|| conn.script("rollback")));
        if let Some(Err(fault)) = ended {
            tracing::warn!(%fault, "a transaction could not be rolled back");
        }
    }

    /// Sets the savepoint, in place of the previous one where there is one.
    pub(crate) fn savepoint(&mut self) -> Result<(), DbFault> {
        both!(self, conn => conn.savepoint())
    }

    pub(crate) fn rollback_to_savepoint(&mut self) -> Result<(), DbFault> {
        both!(self, conn => conn.script("rollback to savepoint closure"))
    }

    pub(crate) fn run(&mut self, statement: &'static str, args: &[Value]) -> Result<u64, DbFault> {
        both!(self, conn => conn.run(statement, args))
    }

    pub(crate) fn rows(&mut self, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbFault> {
        both!(self, conn => conn.rows(statement, args))
    }

    /// Hands over one row after the other: for what is too much to be held twice.
    pub(crate) fn stream(
        &mut self,
        statement: &'static str,
        args: &[Value],
        take: &mut dyn FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        both!(self, conn => conn.stream(statement, args, take))
    }

    pub(crate) fn prepare(&mut self, statement: &'static str) -> Result<(), DbFault> {
        both!(self, conn => conn.prepare(statement))
    }

    /// Whether this process builds the query index: of several nodes on one PostgreSQL the first to ask, as long as
    /// its connection lasts.
    pub(crate) fn claim_indexing(&mut self) -> Result<bool, DbFault> {
        match self {
            Self::Sqlite(_) => Ok(true),
            Self::Postgres(conn) => conn.claim_indexing(),
        }
    }

    /// Takes the one turn of all nodes until the transaction ends. On SQLite there is one writer, and it has it.
    pub(crate) fn turn(&mut self) -> Result<(), DbFault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(conn) => conn.script(postgres::TURN),
        }
    }

    /// Whether deleted rows and pages are overwritten. That costs writes, so it is not the rule.
    pub(crate) fn thoroughly(&mut self, on: bool) -> Result<(), DbFault> {
        match self {
            Self::Sqlite(conn) => {
                conn.script(if on { "pragma secure_delete = on" } else { "pragma secure_delete = off" })
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Lets this transaction take as long as it takes.
    pub(crate) fn unhurried(&mut self) -> Result<(), DbFault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(conn) => conn.unhurried(),
        }
    }

    /// Commits, and tells the other nodes. Not in the commit: PostgreSQL lets one transaction at a time commit that tells
    /// something, on whatever node, and each would wait for the disk of all before it.
    pub(crate) fn commit_and_tell(&mut self, hint: &Hint) -> Result<(), DbFault> {
        match self {
            Self::Sqlite(_) => self.commit(),
            Self::Postgres(conn) => conn.script(&format!("{}'{}'", postgres::COMMIT_AND_TELL, hint.text())),
        }
    }

    /// Waits until another node tells something, until the bell is ready, or for this long; what was told. Nobody tells
    /// anything on SQLite.
    pub(crate) fn await_news(
        &mut self,
        at_most: Duration,
        bell: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Result<Vec<String>, DbFault> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(conn) => conn.await_news(at_most, bell),
        }
    }

    /// Runs a text of several statements, such as a migration.
    pub(crate) fn script(&mut self, text: &str) -> Result<(), DbFault> {
        both!(self, conn => conn.script(text))
    }

    /// Whether the transaction that was begun is still there: a full disk or a lost connection ends it by itself.
    pub(crate) fn in_transaction(&self) -> bool {
        both!(self, conn => conn.in_transaction())
    }

    pub(crate) fn lost(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(conn) => conn.lost(),
        }
    }
}

/// A statement's address and length. Statements live as long as the program, so an address has one text; hashing it
/// costs less than hashing the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(usize, usize);

impl Key {
    pub(crate) fn of(statement: &'static str) -> Self {
        Self(statement.as_ptr().addr(), statement.len())
    }
}

pub(crate) type ByStatement<T> = ById<Key, T>;
