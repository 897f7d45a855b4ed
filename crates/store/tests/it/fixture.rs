//! What every test starts from: an engine, a database, events to record.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chancery_audit::{Event, Text, leaf_hash, merkle::Frontier};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{AgentId, Env, Fault, OrgId, Timestamp, UserId};
use chancery_model::{Agent, Meta, Stage};
use chancery_store::{Audited, Config, Db, Location, Tx, Who, log};

use crate::cluster::Cluster;

/// 2026-01-01.
pub const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// A database that can be opened more than once.
pub struct Bench {
    pub config: Config,
    pub clock: Arc<ManualClock>,
    /// Removed with the rest.
    pub _folder: Option<tempfile::TempDir>,
}

impl Bench {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(Location::Sqlite(folder.path().join("chancery.db")));
        Self { config, clock: ManualClock::at(START), _folder: Some(folder) }
    }

    pub fn postgres(cluster: &Cluster) -> Self {
        let config = Config::new(Location::Postgres(cluster.database()));
        Self { config, clock: ManualClock::at(START), _folder: None }
    }

    /// Randomness of its own for every opening, as processes have.
    pub fn env(&self) -> Env {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let seed = SEED.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x5851_f42d_4c95_7f2d);
        Env::new(self.clock.clone(), SeededEntropy::new(seed))
    }

    pub fn open(&self) -> Db {
        Db::open(&self.config, self.env()).unwrap()
    }
}

/// Runs a case on SQLite, and on PostgreSQL where its server is installed.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::fixture::run(super::$name($crate::fixture::Bench::sqlite()));
            })*
        }
        mod postgres {
            $(#[test]
            fn $name() {
                if let Some(cluster) = $crate::cluster::Cluster::shared() {
                    $crate::fixture::run(super::$name($crate::fixture::Bench::postgres(cluster)));
                }
            })*
        }
    };
}
pub(crate) use on_both;

pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(case);
}

/// An event that names one person.
pub fn event(user: UserId) -> Event {
    Event::UserEnabled { user }
}

/// A write that records one event and nothing else.
pub fn note(tx: &mut Tx<'_>) -> Result<Audited<i64>, Fault> {
    let user = tx.id();
    let recorded = tx.record(event(user));
    Ok(recorded.with(recorded.pos))
}

pub async fn append(db: &Db, log: OrgId) -> Result<i64, Fault> {
    db.write(log, Who::SYSTEM, note).await
}

pub fn agent(org: OrgId, id: AgentId, name: &str) -> Agent {
    Agent {
        id,
        org,
        name: name.to_owned(),
        purpose: String::new(),
        use_case: Default::default(),
        stage: Stage::Active,
        contained: None,
        owners: Vec::new(),
        sponsor: None,
        expires: None,
        meta: Meta::new(START),
    }
}

/// Registers an agent: a write that changes hot facts.
pub async fn register(db: &Db, org: OrgId, name: &str) -> Result<AgentId, Fault> {
    let name = name.to_owned();
    db.write(org, Who::SYSTEM, move |tx| {
        let id: AgentId = tx.id();
        tx.insert(agent(tx.org(), id, &name))?;
        let why = Some(Text::new("registered"));
        Ok(tx.record(Event::AgentUpdated { agent: id, changed: Vec::new(), why, values: None }).with(id))
    })
    .await
}

/// Reads the whole log, and verifies that it is what its head says: positions without a gap, times in order, and the
/// root that the lines hash to. Returns the lines.
pub async fn verified(db: &Db, org: OrgId) -> Vec<log::Stored> {
    let (lines, frontier) = db
        .read(move |sql| Ok((log::entries(sql, org, 1, usize::MAX)?, log::frontier(sql, org)?)))
        .await
        .unwrap();
    let mut computed = Frontier::new();
    let mut last = Timestamp::from_micros(i64::MIN);
    for (line, seq) in lines.iter().zip(1..) {
        let entry = line.decode().unwrap();
        assert_eq!((line.seq, entry.envelope.seq), (seq, seq));
        assert_eq!((line.at, entry.envelope.log), (entry.envelope.at, org));
        assert_eq!(Some(line.kind), entry.kind().map(|kind| kind.code));
        assert!(line.at >= last, "entries stand in the order of time");
        last = line.at;
        computed.append(leaf_hash(&line.body));
    }
    assert_eq!(computed.root(), frontier.root());
    assert_eq!(computed.size(), frontier.size());
    lines
}
