//! PostgreSQL: connections live on our own threads, outside the async runtime of the rest.

mod fault;
mod line;
mod server;
mod value;

use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
pub(crate) use tokio_postgres::types::Type;
use tokio_postgres::{Client, RowStream, Statement};

use self::fault::{fault, trouble};
use self::line::Line;
pub(crate) use self::server::Server;
use self::value::{borrowed, read};
use super::{ByStatement, Key, Mode};
use crate::backup::EachRow;
use crate::fault::DbFault;
use crate::sql::{Row, Value};

/// The number is arbitrary, and ours in this database.
const CLAIM_INDEXING: &str = "select pg_try_advisory_lock(724100918)";
pub(crate) const STATEMENTS: &[&str] = &[CLAIM_INDEXING];
/// The number is arbitrary, and ours in this database.
pub(crate) const TURN: &str = "select pg_advisory_xact_lock(724100919)";
/// Followed by what is told, quoted.
pub(crate) const COMMIT_AND_TELL: &str = "commit; notify chancery_hot, ";
const LISTEN: &str = "listen chancery_hot";
/// So much more patience has a transaction that takes as long as it takes.
const LONG: u32 = 30;
/// Stands for the statement where the text is made as it goes.
const TABLE: &str = "a whole table";
const UNHURRIED: &str = "set local statement_timeout = 0; set local lock_timeout = 0; \
     set local idle_in_transaction_session_timeout = 0";

pub(crate) struct Conn {
    line: Line,
    prepared: ByStatement<Statement>,
    open: bool,
    saved: bool,
    indexes: bool,
    patience: Duration,
    /// Whether this transaction takes as long as it takes.
    unhurried: bool,
}

impl Conn {
    pub(crate) fn open(server: &Server) -> Result<Self, DbFault> {
        Ok(Self {
            line: server.connect()?,
            prepared: ByStatement::default(),
            open: false,
            saved: false,
            indexes: false,
            patience: server.patience(),
            unhurried: false,
        })
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), DbFault> {
        (self.saved, self.unhurried) = (false, false);
        self.script(match mode {
            // Every statement sees what is committed by then: after a log's head is locked, all of that log's writes.
            Mode::Write => "begin isolation level read committed",
            Mode::Snapshot => "begin isolation level repeatable read read only",
        })?;
        self.open = true;
        Ok(())
    }

    pub(crate) fn commit(&mut self) -> Result<(), DbFault> {
        self.script("commit")
    }

    pub(crate) const fn in_transaction(&self) -> bool {
        self.open
    }

    pub(crate) fn lost(&self) -> bool {
        self.line.is_closed()
    }

    /// One round trip: releasing the previous savepoint keeps the stack of subtransactions one high.
    pub(crate) fn savepoint(&mut self) -> Result<(), DbFault> {
        let again = std::mem::replace(&mut self.saved, true);
        self.script(if again { "release closure; savepoint closure" } else { "savepoint closure" })
    }

    pub(crate) fn script(&mut self, text: &str) -> Result<(), DbFault> {
        let (client, drive) = self.line.halves().ok_or_else(lost)?;
        // Migrations, and the wait for those of another node, have no end that could be named.
        let limit = if self.unhurried { None } else { Some(self.patience) };
        let done = drive.wait(limit, client.batch_execute(text)).map_err(|e| trouble("a script", &e));
        // Whatever came of it, after these no transaction is open; of a lost connection neither.
        if text.starts_with("commit") || text == "rollback" || self.line.is_closed() {
            (self.open, self.unhurried) = (false, false);
        }
        done
    }

    pub(crate) fn claim_indexing(&mut self) -> Result<bool, DbFault> {
        if !self.indexes {
            let rows = self.rows(CLAIM_INDEXING, &[])?;
            self.indexes = rows.first().map_or(Ok(false), |row| row.flag(0))?;
        }
        Ok(self.indexes)
    }

    pub(crate) fn prepare(&mut self, statement: &'static str) -> Result<(), DbFault> {
        self.ready(statement).map(drop)
    }

    fn ready(&mut self, statement: &'static str) -> Result<Statement, DbFault> {
        let key = Key::of(statement);
        if let Some(ready) = self.prepared.get(&key) {
            return Ok(ready.clone());
        }
        let ready = self.ask(statement, async |client| client.prepare(statement).await)?;
        self.prepared.insert(key, ready.clone());
        Ok(ready)
    }

    fn bound(&mut self, statement: &'static str, args: usize) -> Result<Statement, DbFault> {
        let ready = self.ready(statement)?;
        if ready.params().len() == args {
            return Ok(ready);
        }
        let why = format!("{args} values for {} parameters", ready.params().len());
        Err(DbFault::Statement { statement, why })
    }

    pub(crate) fn run(&mut self, statement: &'static str, args: &[Value]) -> Result<u64, DbFault> {
        let ready = self.bound(statement, args.len())?;
        self.ask(statement, async |client| client.execute(&ready, &borrowed(args)).await)
    }

    pub(crate) fn rows(&mut self, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbFault> {
        let ready = self.bound(statement, args.len())?;
        let found = self.ask(statement, async |client| client.query(&ready, &borrowed(args)).await)?;
        found.iter().map(|row| read(statement, row)).collect()
    }

    pub(crate) fn stream(
        &mut self,
        statement: &'static str,
        args: &[Value],
        take: &mut dyn FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let ready = self.bound(statement, args.len())?;
        let found = self.ask(statement, async |client| client.query_raw(&ready, borrowed(args)).await)?;
        self.drain(statement, found, take)
    }
}

impl Conn {
    /// From here on, what other nodes tell arrives on this connection.
    pub(crate) fn listen(&mut self) -> Result<(), DbFault> {
        self.script(LISTEN)
    }

    /// Waits until something is told, until the bell is ready, or for this long.
    pub(crate) fn await_news(
        &mut self,
        at_most: Duration,
        bell: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Result<Vec<String>, DbFault> {
        let told = self.line.drive.listen(at_most, bell).map_err(|e| fault("connect", &e))?;
        if self.line.is_closed() { Err(lost()) } else { Ok(told) }
    }

    /// Asks, and waits for the answer for as long as this transaction has patience.
    fn ask<T>(
        &mut self,
        statement: &'static str,
        f: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DbFault> {
        let limit = self.patience * if self.unhurried { LONG } else { 1 };
        let (client, drive) = self.line.halves().ok_or_else(lost)?;
        drive.wait(Some(limit), f(client)).map_err(|e| trouble(statement, &e))
    }

    /// Takes one row after the other. Between two of them nothing takes long, however many there are.
    fn drain(
        &mut self,
        statement: &'static str,
        found: RowStream,
        mut take: impl FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let mut found = Box::pin(found);
        let limit = Some(self.patience);
        let mut next = || self.line.drive.next(limit, &mut found).map_err(|e| trouble(statement, &e));
        while let Some(row) = next()? {
            take(read(statement, &row)?)?;
        }
        Ok(())
    }

    /// Lets this transaction take as long as it takes, here and at the server. Rows that come one by one are still missed
    /// when none comes.
    pub(crate) fn unhurried(&mut self) -> Result<(), DbFault> {
        self.script(UNHURRIED)?;
        self.unhurried = true;
        Ok(())
    }

    /// Hands over the rows of a text one by one, however many there are.
    pub(crate) fn each(&mut self, text: &str, f: &mut EachRow<'_>) -> Result<(), DbFault> {
        let none = std::iter::empty::<i64>();
        let found = self.ask(TABLE, async |client| client.query_raw(text, none).await)?;
        self.drain(TABLE, found, |row| f(row.values()))
    }

    /// Takes in the rows that `rows` writes, by a text that copies into a table with columns of these types.
    pub(crate) fn copy_in(
        &mut self,
        text: &str,
        types: &[Type],
        rows: impl FnOnce(&mut EachRow<'_>) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let sink = self.ask(TABLE, async |client| client.copy_in(text).await)?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
        let drive = &mut self.line.drive;
        let told = |e| trouble(TABLE, &e);
        rows(&mut |row| drive.wait(None, writer.as_mut().write(&borrowed(row))).map_err(told))?;
        drive.wait(None, writer.finish()).map(drop).map_err(told)
    }
}

fn lost() -> DbFault {
    DbFault::unavailable("PostgreSQL: the connection is lost")
}
