//! One way to speak to both engines: a statement with `$1…$n`, bound values, rows of values.

use chancery_kernel::{Id, Timestamp};
use uuid::Uuid;

use crate::driver::Link;
use crate::fault::DbFault;
use crate::tail::Tails;

/// A bound parameter or a column. Time is an integer of microseconds, ids are blobs of 16 bytes, truth is 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub fn id<I: Id>(id: I) -> Self {
        Self::Blob(id.uuid().as_bytes().to_vec())
    }
}

macro_rules! values {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self { $to }
        })*
    };
}

values! {
    i64 => |n| Self::Int(n);
    i32 => |n| Self::Int(n.into());
    u32 => |n| Self::Int(n.into());
    u16 => |n| Self::Int(n.into());
    bool => |b| Self::Int(b.into());
    String => |s| Self::Text(s);
    &str => |s| Self::Text(s.to_owned());
    Vec<u8> => |b| Self::Blob(b);
    &[u8] => |b| Self::Blob(b.to_vec());
    [u8; 16] => |b| Self::Blob(b.to_vec());
    [u8; 32] => |b| Self::Blob(b.to_vec());
    &[u8; 16] => |b| Self::Blob(b.to_vec());
    &[u8; 32] => |b| Self::Blob(b.to_vec());
    Uuid => |u| Self::Blob(u.as_bytes().to_vec());
    Timestamp => |t| Self::Int(t.micros());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) const fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    pub fn values(&self) -> &[Value] {
        &self.0
    }

    fn wrong(&self, i: usize, wanted: &str) -> DbFault {
        let found = match self.0.get(i) {
            None => "nothing",
            Some(Value::Null) => "null",
            Some(Value::Int(_)) => "an integer",
            Some(Value::Text(_)) => "text",
            Some(Value::Blob(_)) => "bytes",
        };
        DbFault::Corrupt { what: "row", why: format!("column {i} holds {found} where {wanted} belongs") }
    }

    pub fn maybe_int(&self, i: usize) -> Result<Option<i64>, DbFault> {
        match self.0.get(i) {
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(i, "an integer")),
        }
    }

    pub fn maybe_text(&self, i: usize) -> Result<Option<&str>, DbFault> {
        match self.0.get(i) {
            Some(Value::Text(s)) => Ok(Some(s)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(i, "text")),
        }
    }

    pub fn maybe_blob(&self, i: usize) -> Result<Option<&[u8]>, DbFault> {
        match self.0.get(i) {
            Some(Value::Blob(b)) => Ok(Some(b)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(i, "bytes")),
        }
    }

    pub fn int(&self, i: usize) -> Result<i64, DbFault> {
        self.maybe_int(i)?.ok_or_else(|| self.wrong(i, "an integer"))
    }

    pub fn text(&self, i: usize) -> Result<&str, DbFault> {
        self.maybe_text(i)?.ok_or_else(|| self.wrong(i, "text"))
    }

    pub fn blob(&self, i: usize) -> Result<&[u8], DbFault> {
        self.maybe_blob(i)?.ok_or_else(|| self.wrong(i, "bytes"))
    }

    pub fn flag(&self, i: usize) -> Result<bool, DbFault> {
        Ok(self.int(i)? != 0)
    }

    pub fn time(&self, i: usize) -> Result<Timestamp, DbFault> {
        self.int(i).map(Timestamp::from_micros)
    }

    pub fn maybe_time(&self, i: usize) -> Result<Option<Timestamp>, DbFault> {
        Ok(self.maybe_int(i)?.map(Timestamp::from_micros))
    }

    pub fn digest(&self, i: usize) -> Result<[u8; 32], DbFault> {
        self.blob(i)?.try_into().map_err(|_| self.wrong(i, "32 bytes"))
    }

    pub fn maybe_digest(&self, i: usize) -> Result<Option<[u8; 32]>, DbFault> {
        self.maybe_blob(i)?.map(|b| b.try_into().map_err(|_| self.wrong(i, "32 bytes"))).transpose()
    }

    pub fn maybe_uuid(&self, i: usize) -> Result<Option<Uuid>, DbFault> {
        self.maybe_blob(i)?.map(|b| Uuid::from_slice(b).map_err(|_| self.wrong(i, "an id"))).transpose()
    }

    pub fn uuid(&self, i: usize) -> Result<Uuid, DbFault> {
        self.maybe_uuid(i)?.ok_or_else(|| self.wrong(i, "an id"))
    }

    pub fn id<I: Id>(&self, i: usize) -> Result<I, DbFault> {
        self.uuid(i).map(I::from_uuid)
    }

    pub fn maybe_id<I: Id>(&self, i: usize) -> Result<Option<I>, DbFault> {
        Ok(self.maybe_uuid(i)?.map(I::from_uuid))
    }

    /// Takes the column out, without copying it.
    pub fn take_blob(&mut self, i: usize) -> Result<Vec<u8>, DbFault> {
        match self.0.get_mut(i).map(|slot| std::mem::replace(slot, Value::Null)) {
            Some(Value::Blob(b)) => Ok(b),
            _ => Err(self.wrong(i, "bytes")),
        }
    }
}

/// An open transaction, on either engine.
pub struct Sql<'c> {
    link: &'c mut Link,
    /// A savepoint is to be set before the first statement.
    armed: bool,
    /// It was set.
    saved: bool,
    /// The first statement that failed.
    failure: Option<DbFault>,
    tails: Option<&'c Tails>,
}

impl<'c> Sql<'c> {
    pub(crate) fn new(link: &'c mut Link) -> Self {
        Self { link, armed: false, saved: false, failure: None, tails: None }
    }

    /// With a savepoint, set when the first statement runs: whoever runs none pays for none.
    pub(crate) fn guarded(link: &'c mut Link) -> Self {
        Self { link, armed: true, saved: false, failure: None, tails: None }
    }

    pub(crate) fn with_tails(self, tails: &'c Tails) -> Self {
        Self { tails: Some(tails), ..self }
    }

    /// The ends of the logs, where the reader has them in memory.
    pub(crate) const fn tails(&self) -> Option<&'c Tails> {
        self.tails
    }

    fn guard(&mut self) -> Result<(), DbFault> {
        if std::mem::take(&mut self.armed) {
            self.link.savepoint()?;
            self.saved = true;
        }
        Ok(())
    }

    /// Undoes everything since the savepoint.
    pub(crate) fn undo(&mut self) -> Result<(), DbFault> {
        if std::mem::take(&mut self.saved) { self.link.rollback_to_savepoint() } else { Ok(()) }
    }

    /// The first statement of this transaction that failed. PostgreSQL goes on only from the savepoint then, and for
    /// the sake of one behaviour so does SQLite.
    pub(crate) fn failure(&mut self) -> Option<DbFault> {
        self.failure.take()
    }

    fn noted<T>(&mut self, done: Result<T, DbFault>) -> Result<T, DbFault> {
        if let (Err(fault), None) = (&done, &self.failure) {
            self.failure = Some(fault.clone());
        }
        done
    }

    /// Runs a statement that returns no rows, and says how many rows it changed.
    pub fn run(&mut self, statement: &'static str, args: &[Value]) -> Result<u64, DbFault> {
        let done = self.guard().and_then(|()| self.link.run(statement, args));
        self.noted(done)
    }

    /// Runs a statement and returns its rows.
    pub fn rows(&mut self, statement: &'static str, args: &[Value]) -> Result<Vec<Row>, DbFault> {
        let done = self.guard().and_then(|()| self.link.rows(statement, args));
        self.noted(done)
    }

    /// The same, one row at a time.
    pub(crate) fn stream(
        &mut self,
        statement: &'static str,
        args: &[Value],
        take: &mut dyn FnMut(Row) -> Result<(), DbFault>,
    ) -> Result<(), DbFault> {
        let done = self.guard().and_then(|()| self.link.stream(statement, args, take));
        self.noted(done)
    }

    /// Whether what is deleted from now on leaves no trace in the file.
    pub(crate) fn thoroughly(&mut self, on: bool) -> Result<(), DbFault> {
        let done = self.guard().and_then(|()| self.link.thoroughly(on));
        self.noted(done)
    }

    /// Waits until no other node changes rows that belong to no organization, and keeps them off until the transaction
    /// ends. Rows of one organization need no turn: the head of its log, locked before, keeps other nodes off them. But
    /// closures of different organizations would take the rows that all share in any order, and two nodes could each
    /// hold what the other waits for.
    pub(crate) fn turn(&mut self) -> Result<(), DbFault> {
        let done = self.guard().and_then(|()| self.link.turn());
        self.noted(done)
    }

    /// Prepares a statement without running it: for the test that every statement is good on both engines.
    pub fn prepare(&mut self, statement: &'static str) -> Result<(), DbFault> {
        self.guard()?;
        self.link.prepare(statement)
    }
}
