//! PostgreSQL, through the synchronous driver: connections live on our own threads, outside the async runtime.

use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
pub(crate) use postgres::types::Type;
use postgres::types::{FromSql, IsNull, ToSql, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use tokio_postgres::config::SslMode;

use super::{ByStatement, Key, Mode, tls};
use crate::backup::EachRow;
use crate::fault::DbFault;
use crate::sql::{Row, Value};

/// A node that hangs must not hold the heads of logs for longer than this: the server then ends its transaction.
const LIMITS: &str = "set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '30s'; \
     set statement_timeout = '60s'; set synchronous_commit = on; set client_min_messages = warning;";

const LISTEN: &str = "listen chancery_hot";
/// The number is arbitrary, and ours in this database.
const CLAIM_INDEXING: &str = "select pg_try_advisory_lock(724100918)";
pub(crate) const STATEMENTS: &[&str] = &[CLAIM_INDEXING];
/// The number is arbitrary, and ours in this database.
pub(crate) const TURN: &str = "select pg_advisory_xact_lock(724100919)";
pub(crate) const ANNOUNCE: &str = "notify chancery_hot";

/// Where the server is, and whom to trust for its certificate.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    roots: Option<std::path::PathBuf>,
}

impl Server {
    pub(crate) fn parse(url: &str, roots: Option<std::path::PathBuf>) -> Result<Self, DbFault> {
        // The parser's message may quote the URL, and the URL may hold a password.
        let mut config: Config = url.parse().map_err(|_| {
            DbFault::open("the PostgreSQL URL is malformed: write postgres://user:password@host/database")
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("chancery");
        }
        Ok(Self { config, roots })
    }

    pub(crate) fn connect(&self) -> Result<Client, DbFault> {
        let client = match self.config.get_ssl_mode() {
            SslMode::Require => self.config.connect(tls::Connector::new(self.roots.as_deref())?),
            _ => self.config.connect(NoTls),
        };
        let mut client = client.map_err(|e| fault("connect", &e))?;
        client.batch_execute(LIMITS).map_err(|e| fault("connect", &e))?;
        Ok(client)
    }

    /// A connection on which the other nodes' notifications arrive.
    pub(crate) fn listen(&self) -> Result<Ear, DbFault> {
        let mut client = self.connect()?;
        client.batch_execute(LISTEN).map_err(|e| fault("connect", &e))?;
        Ok(Ear(client))
    }
}

/// A connection that waits for notifications.
pub(crate) struct Ear(Client);

impl Ear {
    /// Until a notification comes, or the time is over.
    pub(crate) fn wait(&mut self, at_most: Duration) -> Result<(), DbFault> {
        let mut heard = self.0.notifications();
        heard.timeout_iter(at_most).next().map(drop).map_err(|e| fault("connect", &e))?;
        // Those that came meanwhile say the same.
        while heard.iter().next().map_err(|e| fault("connect", &e))?.is_some() {}
        drop(heard);
        if self.0.is_closed() {
            Err(DbFault::unavailable("PostgreSQL: the connection is lost"))
        } else {
            Ok(())
        }
    }
}

pub(crate) struct Conn {
    client: Client,
    prepared: ByStatement<Statement>,
    open: bool,
    saved: bool,
    indexes: bool,
}

impl Conn {
    pub(crate) fn open(server: &Server) -> Result<Self, DbFault> {
        Ok(Self {
            client: server.connect()?,
            prepared: ByStatement::default(),
            open: false,
            saved: false,
            indexes: false,
        })
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), DbFault> {
        self.saved = false;
        self.script(match mode {
            // Every statement sees what is committed by then: after a log's head is locked, all of that log's writes.
            Mode::Write => "begin isolation level read committed",
            Mode::Snapshot => "begin isolation level repeatable read read only",
        })?;
        self.open = true;
        Ok(())
    }

    pub(crate) const fn in_transaction(&self) -> bool {
        self.open
    }

    pub(crate) fn lost(&self) -> bool {
        self.client.is_closed()
    }

    /// One round trip: releasing the previous savepoint keeps the stack of subtransactions one high.
    pub(crate) fn savepoint(&mut self) -> Result<(), DbFault> {
        let again = std::mem::replace(&mut self.saved, true);
        self.script(if again { "release closure; savepoint closure" } else { "savepoint closure" })
    }

    pub(crate) fn script(&mut self, text: &str) -> Result<(), DbFault> {
        let done = self.client.batch_execute(text).map_err(|e| fault("a script", &e));
        // Whatever came of it, after these two no transaction is open; of a lost connection neither.
        if matches!(text, "commit" | "rollback") || self.client.is_closed() {
            self.open = false;
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
        let ready = self.client.prepare(statement).map_err(|e| fault(statement, &e))?;
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
        self.client.execute(&ready, &borrowed(args)).map_err(|e| fault(statement, &e))
    }

    pub(crate) fn rows(&mut self, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbFault> {
        let ready = self.bound(statement, args.len())?;
        let found = self.client.query(&ready, &borrowed(args)).map_err(|e| fault(statement, &e))?;
        found.iter().map(|row| read(statement, row)).collect()
    }

    pub(crate) fn stream(
        &mut self,
        statement: &'static str,
        args: &[Value],
        take: &mut dyn FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let ready = self.bound(statement, args.len())?;
        let mut found = self.client.query_raw(&ready, borrowed(args)).map_err(|e| fault(statement, &e))?;
        while let Some(row) = found.next().map_err(|e| fault(statement, &e))? {
            take(read(statement, &row)?)?;
        }
        Ok(())
    }
}

impl Conn {
    /// Hands over the rows of a text one by one, however many there are.
    pub(crate) fn each(&mut self, text: &str, f: &mut EachRow<'_>) -> Result<(), DbFault> {
        const WHICH: &str = "a whole table";
        let mut found =
            self.client.query_raw(text, std::iter::empty::<i64>()).map_err(|e| fault(WHICH, &e))?;
        while let Some(row) = found.next().map_err(|e| fault(WHICH, &e))? {
            f(read(WHICH, &row)?.values())?;
        }
        Ok(())
    }

    /// Takes in the rows that `rows` writes, by a text that copies into a table with columns of these types.
    pub(crate) fn copy_in(
        &mut self,
        text: &str,
        types: &[Type],
        rows: impl FnOnce(&mut EachRow<'_>) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        const WHICH: &str = "a whole table";
        let told = |e: postgres::Error| fault(WHICH, &e);
        let mut writer = BinaryCopyInWriter::new(self.client.copy_in(text).map_err(told)?, types);
        rows(&mut |row| writer.write(&borrowed(row)).map_err(told))?;
        writer.finish().map(drop).map_err(told)
    }
}

fn borrowed(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|v| v as &(dyn ToSql + Sync)).collect()
}

fn read(statement: &'static str, row: &postgres::Row) -> Result<Row, DbFault> {
    (0..row.len())
        .map(|i| row.try_get(i).map_err(|e| DbFault::Statement { statement, why: e.to_string() }))
        .collect::<Result<_, _>>()
        .map(Row::new)
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT4) => i32::try_from(*n)?.to_sql(ty, out),
            (Self::Int(n), &Type::INT8) => n.to_sql(ty, out),
            (Self::Text(s), &Type::TEXT | &Type::VARCHAR) => s.as_str().to_sql(ty, out),
            (Self::Blob(b), &Type::BYTEA) => b.as_slice().to_sql(ty, out),
            _ => Err(format!("a value of another type is bound to a parameter of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(|n| Self::Int(n.into())),
            Type::BOOL => bool::from_sql(ty, raw).map(|b| Self::Int(b.into())),
            Type::BYTEA => Ok(Self::Blob(raw.to_vec())),
            _ => <&str>::from_sql(ty, raw).map(|s| Self::Text(s.to_owned())),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA | Type::TEXT | Type::VARCHAR | Type::NAME
        )
    }
}

/// Sorts an error into the kinds a caller can act on.
pub(crate) fn fault(statement: &'static str, error: &postgres::Error) -> DbFault {
    let Some(refused) = error.as_db_error() else {
        // Not an answer of the server: the connection broke, or a value did not fit its parameter.
        return if error.is_closed() || caused_by_io(error) || statement == "connect" {
            DbFault::unavailable(format!("PostgreSQL: {}", chain(error)))
        } else {
            DbFault::Statement { statement, why: chain(error) }
        };
    };
    let code = refused.code().code();
    if *refused.code() == SqlState::UNIQUE_VIOLATION {
        let table = refused.table().unwrap_or_default().to_owned();
        let what = refused.constraint().unwrap_or_default().to_owned();
        return DbFault::Duplicate { table, what, statement };
    }
    match code.get(..2).unwrap_or_default() {
        // Lost or refused connections, aborted for the sake of others, out of resources, shutting down, broken disk.
        "08" | "28" | "3D" | "40" | "53" | "55" | "57" | "58" => {
            DbFault::unavailable(format!("PostgreSQL {code}: {}", refused.message()))
        }
        // The transaction is read-only: this server is a standby.
        "25" => DbFault::unavailable(format!("PostgreSQL {code}: {}", refused.message())),
        // Messages about data quote the data.
        "22" => DbFault::Statement { statement, why: format!("PostgreSQL {code}") },
        _ => DbFault::Statement { statement, why: format!("PostgreSQL {code}: {}", refused.message()) },
    }
}

fn caused_by_io(error: &postgres::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<std::io::Error>() {
            return true;
        }
        next = cause.source();
    }
    false
}

fn chain(error: &postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
