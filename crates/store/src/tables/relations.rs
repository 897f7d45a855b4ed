//! Stores of relationships: the log of their changes, the base that a start reads, models and assertions.

use std::sync::LazyLock;

use chancery_kernel::{Fault, ModelId, StoreId, Timestamp};
use chancery_model::Store;
use chancery_rebac::engine::{Change, Graph, HashKey};

use crate::fault::DbFault;
use crate::group::Append;
use crate::head::{key, seq_of};
use crate::hot::Delta;
use crate::insert::Insert;
use crate::relations::aside::{Reading, aside};
use crate::relations::pack::{self, Unpacker};
use crate::relations::{Held, Relations, Then, Turn};
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::blob;
use crate::tables::{object_ids, settings};
use crate::tx::Tx;

const OPEN: &str = "insert into tuple_heads (store, base, tuples) values ($1, 0, 0)";
const NUMBER: &str = "select no from tuple_heads where store = $1";
const CLOSE: &str = "update tuple_heads set base = -1 where store = $1";
const HEADS: &str = "select no, store, base, tuples from tuple_heads where base >= 0 order by no";
const GONE: &str = "select no, store from tuple_heads where base < 0 order by no limit 1";
const FORGET_HEAD: &str = "delete from tuple_heads where no = $1 and base < 0";
const WRITES: &str =
    "select key, at, body from tuple_writes where key > $1 and key <= $2 order by key limit $3";
const SINCE: &str = "select key, at, body from tuple_writes where key > $1 and key <= $2 order by key";
const FIRST_AT: &str =
    "select key from tuple_writes where key > $1 and key <= $2 and at >= $3 order by key limit 1";
const FORGET_WRITES: &str = "delete from tuple_writes where key in \
     (select key from tuple_writes where key > $1 and key <= $2 order by key limit $3)";
const PARTS: &str = "select body from tuple_parts where no = $1 and base = $2 order by part";
const ADD_PART: &str = "insert into tuple_parts (no, base, part, body) values ($1, $2, $3, $4)";
const SWITCH: &str =
    "update tuple_heads set base = $2, tuples = $3 where no = $1 and base >= 0 and base < $2";
const FORGET_PARTS: &str = "delete from tuple_parts where no = $1 and base <> $2";
const ADD_MODEL: &str = "insert into store_models (store, id, at, body) values ($1, $2, $3, $4)";
const MODEL: &str = "select body from store_models where store = $1 and id = $2";
const MODELS: &str =
    "select id, body from store_models where store = $1 and id < $2 order by id desc limit $3";
const FORGET_MODELS: &str = "delete from store_models where store = $1";
const ASSERT: &str = "insert into store_assertions (store, model, body) values ($1, $2, $3) \
     on conflict (store, model) do update set body = excluded.body";
const ASSERTIONS: &str = "select body from store_assertions where store = $1 and model = $2";
const FORGET_ASSERTIONS: &str = "delete from store_assertions where store = $1";

pub const STATEMENTS: &[&str] = &[
    OPEN,
    NUMBER,
    CLOSE,
    HEADS,
    GONE,
    FORGET_HEAD,
    WRITES,
    SINCE,
    FIRST_AT,
    FORGET_WRITES,
    PARTS,
    ADD_PART,
    SWITCH,
    FORGET_PARTS,
    ADD_MODEL,
    MODEL,
    MODELS,
    FORGET_MODELS,
    ASSERT,
    ASSERTIONS,
    FORGET_ASSERTIONS,
];

static APPEND: LazyLock<Insert> = LazyLock::new(|| Insert::new("tuple_writes (key, at, body)", 3, ""));

pub fn statements() -> Vec<&'static str> {
    APPEND.statements().chain(STATEMENTS.iter().copied()).collect()
}

/// The highest position a log can have.
const LAST: u64 = (1 << crate::head::SEQ_BITS) - 1;

fn place(no: i64, version: u64) -> i64 {
    // Positions stay far below the bits that hold the number.
    key(no, version.min(LAST).cast_signed())
}

fn version(row: &Row) -> Result<u64, DbFault> {
    Ok(seq_of(row.int(0)?).cast_unsigned())
}

/// One write, as the log has it.
#[derive(Clone, Debug)]
pub struct Written {
    pub version: u64,
    pub at: Timestamp,
    pub changes: Vec<Change>,
}

fn written(row: &Row) -> Result<Written, DbFault> {
    let at = row.time(1)?;
    let changes = Unpacker::new(row.blob(2)?, at.micros()).collect::<Result<_, _>>()?;
    Ok(Written { version: version(row)?, at, changes })
}

pub(crate) fn append(sql: &mut Sql<'_>, rows: &mut [Append]) -> Result<(), DbFault> {
    APPEND.insert(sql, rows, |row, args| {
        args.extend([place(row.no, row.version).into(), row.at.into(), std::mem::take(&mut row.body).into()]);
    })
}

/// Writes of a store after a version, oldest first.
pub fn writes(sql: &mut Sql<'_>, store: &Store, after: u64, most: i64) -> Result<Vec<Written>, DbFault> {
    let args = [place(store.no, after).into(), place(store.no, LAST).into(), most.into()];
    sql.rows(WRITES, &args)?.iter().map(written).collect()
}

/// The version before the first write at or after a time.
pub fn version_before(sql: &mut Sql<'_>, store: &Store, at: Timestamp) -> Result<u64, DbFault> {
    let args = [place(store.no, 0).into(), place(store.no, LAST).into(), at.into()];
    let first = sql.rows(FIRST_AT, &args)?.first().map(version).transpose()?;
    Ok(first.map_or(LAST, |first| first.saturating_sub(1)))
}

/// One write of another node, as the log has it.
pub(crate) fn turn(
    store: StoreId,
    no: i64,
    version: u64,
    at: Timestamp,
    body: &[u8],
) -> Result<Turn, DbFault> {
    let changes = Unpacker::new(body, at.micros()).collect::<Result<Vec<_>, _>>()?;
    Ok(Turn { store, no, version, count: changes.len(), then: Then::Changed(changes) })
}

/// Writes read at a time where an earlier version is found again.
const WRITES_AT_A_TIME: i64 = 1_024;

/// The name of what names are hashed with; see [`Relations`].
const KEY_OF_NAMES: &str = "relations.names";

/// The graphs of all stores. What is known stands: only later writes are read.
pub(crate) fn load(sql: &mut Sql<'_>, known: &Relations) -> Result<Relations, DbFault> {
    let mut all = Relations::keyed(key_of_names(sql, known)?);
    for row in sql.rows(HEADS, &[])? {
        let (no, store, base) = (row.int(0)?, row.id(1)?, row.int(2)?.cast_unsigned());
        let known = known.held(store).cloned();
        let begun = known.as_ref().map_or_else(|| all.empty(), |held| held.graph.clone());
        let (graph, count) = aside(&begun, |reading| {
            if known.is_none() {
                read_base(sql, reading, no, base)?;
            }
            read_later(sql, reading, no)
        })?;
        let held = known.unwrap_or_default();
        all.put(store, Held { graph, base, since: held.since + count, ..held });
    }
    Ok(all)
}

/// A new key of names, where the database has none yet.
pub(crate) fn set_key_of_names(sql: &mut Sql<'_>, key: [u8; 16]) -> Result<(), DbFault> {
    settings::find_or_set(sql, KEY_OF_NAMES, &key).map(drop)
}

fn key_of_names(sql: &mut Sql<'_>, known: &Relations) -> Result<Option<HashKey>, DbFault> {
    if known.key.is_some() {
        return Ok(known.key);
    }
    let kept = settings::find(sql, KEY_OF_NAMES)?.and_then(|key| <[u8; 16]>::try_from(key).ok());
    Ok(kept.map(HashKey::from))
}

fn read_base(sql: &mut Sql<'_>, reading: &mut Reading<'_, '_>, no: i64, base: u64) -> Result<(), DbFault> {
    sql.stream(PARTS, &[no.into(), base.cast_signed().into()], &mut |row| {
        reading.take(base, Unpacker::of_part(row.blob(0)?)).map(drop)
    })?;
    // Without a part there is a base too: of a store whose tuples are all gone.
    reading.take(base, Unpacker::of_part(&[])).map(drop)
}

/// What was written after what was read before; how many changes these were.
fn read_later(sql: &mut Sql<'_>, reading: &mut Reading<'_, '_>, no: i64) -> Result<usize, DbFault> {
    let mut count = 0;
    sql.stream(SINCE, &[place(no, reading.version()).into(), place(no, LAST).into()], &mut |row| {
        let (next, version) = (reading.version() + 1, version(&row)?);
        if version != next {
            let why = format!("write {next} of log {no} is missing");
            return Err(DbFault::Corrupt { what: "log of tuples", why });
        }
        count += reading.take(version, Unpacker::new(row.blob(2)?, row.time(1)?.micros()))?;
        Ok(())
    })?;
    Ok(count)
}

/// The graph with what was written after it.
pub(crate) fn follow(sql: &mut Sql<'_>, no: i64, graph: &Graph) -> Result<Graph, DbFault> {
    Ok(aside(graph, |reading| read_later(sql, reading, no))?.0)
}

/// The tuples of a store as they were at a version, read from its base and its log; none where that takes more than so many
/// changes.
pub fn as_of(sql: &mut Sql<'_>, store: &Store, version: u64, most: usize) -> Result<Option<Graph>, DbFault> {
    let heads = sql.rows(HEADS, &[])?;
    let head = heads.iter().find(|row| row.int(0).is_ok_and(|no| no == store.no));
    let Some(head) = head else { return Ok(None) };
    let (base, tuples) = (head.int(2)?.cast_unsigned(), usize::try_from(head.int(3)?).unwrap_or(usize::MAX));
    let (mut graph, mut count) = match base <= version {
        true if tuples > most => return Ok(None),
        true => (aside(&Graph::default(), |reading| read_base(sql, reading, store.no, base))?.0, tuples),
        false => (Graph::default(), 0),
    };
    while graph.version() < version {
        let all = writes(sql, store, graph.version(), WRITES_AT_A_TIME)?;
        if all.is_empty() {
            return Ok(None);
        }
        for write in all.iter().take_while(|write| write.version <= version) {
            if write.version != graph.version() + 1 {
                return Ok(None);
            }
            count += write.changes.len();
            graph = graph.apply(write.version, &write.changes);
        }
        if count > most {
            return Ok(None);
        }
    }
    Ok(Some(graph))
}

/// A part of a base that is being built.
pub(crate) fn add_part(sql: &mut Sql<'_>, no: i64, base: u64, part: i64, body: &[u8]) -> Result<(), DbFault> {
    sql.run(ADD_PART, &[no.into(), base.cast_signed().into(), part.into(), body.into()]).map(drop)
}

/// From here on a start reads this base. False if the store is gone, or another node was further.
pub(crate) fn switch(sql: &mut Sql<'_>, no: i64, base: u64, tuples: i64) -> Result<bool, DbFault> {
    let switched = sql.run(SWITCH, &[no.into(), base.cast_signed().into(), tuples.into()])? == 1;
    if switched {
        forget_parts(sql, no, base)?;
    }
    Ok(switched)
}

/// Removes every part that is not of this base.
pub(crate) fn forget_parts(sql: &mut Sql<'_>, no: i64, base: u64) -> Result<(), DbFault> {
    sql.run(FORGET_PARTS, &[no.into(), base.cast_signed().into()]).map(drop)
}

/// The base that a start reads now.
pub fn bases(sql: &mut Sql<'_>) -> Result<Vec<(i64, StoreId, u64)>, DbFault> {
    let rows = sql.rows(HEADS, &[])?;
    rows.iter().map(|row| Ok((row.int(0)?, row.id(1)?, row.int(2)?.cast_unsigned()))).collect()
}

/// A store that is gone and whose rows are still there.
pub fn gone(sql: &mut Sql<'_>) -> Result<Option<(i64, StoreId)>, DbFault> {
    sql.rows(GONE, &[])?.first().map(|row| Ok((row.int(0)?, row.id(1)?))).transpose()
}

/// Removes writes up to a version, which a base has.
pub fn forget_writes(sql: &mut Sql<'_>, no: i64, upto: u64) -> Result<(), DbFault> {
    sql.run(FORGET_WRITES, &[place(no, 0).into(), place(no, upto).into(), i64::MAX.into()]).map(drop)
}

/// Removes some rows of a store that is gone. Says whether any are left.
pub(crate) fn sweep(sql: &mut Sql<'_>, no: i64, store: StoreId, most: i64) -> Result<bool, DbFault> {
    let args = [place(no, 0).into(), place(no, LAST).into(), most.into()];
    if sql.run(FORGET_WRITES, &args)? > 0 {
        return Ok(true);
    }
    if object_ids::sweep(sql, no, most)? > 0 {
        return Ok(true);
    }
    sql.run(FORGET_MODELS, &[blob(store)])?;
    sql.run(FORGET_ASSERTIONS, &[blob(store)])?;
    sql.run(FORGET_PARTS, &[no.into(), (-1i64).into()])?;
    sql.run(FORGET_HEAD, &[no.into()])?;
    Ok(false)
}

/// The JSON of a model.
pub fn model(sql: &mut Sql<'_>, store: StoreId, id: ModelId) -> Result<Option<String>, DbFault> {
    let rows = sql.rows(MODEL, &[blob(store), blob(id)])?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Models of a store before one, newest first.
pub fn models(
    sql: &mut Sql<'_>,
    store: StoreId,
    before: Option<ModelId>,
    most: i64,
) -> Result<Vec<(ModelId, String)>, DbFault> {
    let before = before.map_or_else(|| Value::Blob(vec![0xff; 16]), blob);
    let rows = sql.rows(MODELS, &[blob(store), before, most.into()])?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?.to_owned()))).collect()
}

/// The assertions of a model, as JSON.
pub fn assertions(sql: &mut Sql<'_>, store: StoreId, model: ModelId) -> Result<Option<String>, DbFault> {
    let rows = sql.rows(ASSERTIONS, &[blob(store), blob(model)])?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// What a write appended.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    pub version: u64,
    /// Of what the log has of it.
    pub digest: [u8; 32],
}

impl Tx<'_> {
    /// The number of a new store's log.
    pub fn open_log(&mut self, store: StoreId) -> Result<i64, Fault> {
        self.sql().run(OPEN, &[blob(store)])?;
        let rows = self.sql().rows(NUMBER, &[blob(store)])?;
        let row = rows.first().ok_or_else(|| Fault::internal("a log just opened is not there"))?;
        Ok(row.int(0)?)
    }

    /// The store is gone: what it has is removed in the background.
    pub fn close_log(&mut self, store: StoreId) -> Result<(), Fault> {
        self.sql().run(CLOSE, &[blob(store)])?;
        Ok(())
    }

    /// The tuples of a store as this write finds them: with what the writes before it in the same commit did.
    pub fn graph(&self, store: StoreId) -> Option<Graph> {
        let earlier = self.group.deltas.iter().rev().find_map(|(_, delta)| match delta {
            Delta::Turn(turn) if turn.store == store => Some(turn),
            _ => None,
        });
        match earlier.map(|turn| &turn.then) {
            Some(Then::Became(graph)) => Some(graph.clone()),
            _ => self.hot().relations.graph(store).cloned(),
        }
    }

    /// Appends to the log of a store, whose tuples the caller found to be as `graph` has them.
    pub fn append_tuples(&mut self, store: &Store, graph: &Graph, all: &[Change]) -> Result<Appended, Fault> {
        let (version, body) = (graph.version() + 1, pack::changes(all)?);
        let digest = chancery_audit::merkle::sha256(&body);
        let then = Then::Became(graph.apply(version, all));
        self.group.appends.push(Append { no: store.no, version, at: self.now(), body });
        let turn = Turn { store: store.id, no: store.no, version, count: all.len(), then };
        self.change(Delta::Turn(turn.into()));
        Ok(Appended { version, digest })
    }

    /// Adds a model; the caller names it in the store's record.
    pub fn add_model(&mut self, store: StoreId, id: ModelId, body: &str) -> Result<(), Fault> {
        let now = self.now();
        self.sql().run(ADD_MODEL, &[blob(store), blob(id), now.into(), body.into()])?;
        Ok(())
    }

    /// Replaces the assertions of a model.
    pub fn set_assertions(&mut self, store: StoreId, model: ModelId, body: &str) -> Result<(), Fault> {
        self.sql().run(ASSERT, &[blob(store), blob(model), body.into()])?;
        Ok(())
    }
}
