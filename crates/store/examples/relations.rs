//! What relationships cost on this disk, beside what the disk itself takes:
//!
//!   cargo run --release -p chancery-store --example relations -- FOLDER [TUPLES]

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the workshop; figures are its output"
)]
#![expect(clippy::indexing_slicing, reason = "of lists made here")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use chancery_audit::{Digest, Event, Text};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{Env, Fault, Id, OrgId, StoreId, Timestamp};
use chancery_model::{Meta, Store};
use chancery_rebac::engine::Change;
use chancery_rebac::tuple::{Tuple, TupleKey};
use chancery_store::tables::relations;
use chancery_store::{Config, Db, Location, Who};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let many: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = Path::new(&folder);
        let (db, store) = written(folder, many).await;
        loaded(&db, &store, many).await;
        drop(db);
        started(folder, store.id);
    });
}

fn open(folder: &Path) -> Db {
    let clock = ManualClock::at(Timestamp::from_seconds(1_790_000_000));
    let env = Env::new(clock, SeededEntropy::new(u64::from(std::process::id())));
    Db::open(&Config::new(Location::Sqlite(folder.join("relations.db"))), env).unwrap()
}

/// Single writes and batches.
async fn written(folder: &Path, many: usize) -> (Db, Store) {
    let raw = half(500, flushes(&folder.join("raw")));
    println!("raw write of 4 KiB and fdatasync: p50 {raw:?}");
    let db = open(folder);
    let store = make(&db).await;
    let mut single = Vec::new();
    for n in 0..500 {
        let began = Instant::now();
        write(&db, &store, many + n, 1).await;
        single.push(began.elapsed());
    }
    let one = half(500, single.into_iter());
    println!("one tuple, one writer: p50 {one:?}, {:.2} times raw", one.as_secs_f64() / raw.as_secs_f64());
    for writers in [1, 4, 16] {
        let (began, batches) = (Instant::now(), 200);
        let first = many * (2 + writers);
        let mut tasks = tokio::task::JoinSet::new();
        for w in 0..writers {
            let (db, store) = (db.clone(), store.clone());
            tasks.spawn(async move {
                for batch in 0..batches {
                    write(&db, &store, first + (w * batches + batch) * 100, 100).await;
                }
            });
        }
        tasks.join_all().await;
        let rate = (writers * batches * 100) as f64 / began.elapsed().as_secs_f64();
        println!("batches of 100, {writers} writers: {rate:.0} tuples/s");
    }
    (db, store)
}

/// Many tuples, until their base is written.
async fn loaded(db: &Db, store: &Store, many: usize) {
    let began = Instant::now();
    for batch in 0..many / 1_000 {
        write(db, store, batch * 1_000, 1_000).await;
    }
    println!("{many} tuples in batches of 1,000, one writer: {:.1} s", began.elapsed().as_secs_f64());
    let version = db.hot().relations.graph(store.id).unwrap().version();
    let mut last = (0, Instant::now());
    while last.1.elapsed() < Duration::from_secs(3) {
        let base = db.read(relations::bases).await.unwrap().iter().map(|base| base.2).max().unwrap();
        if base != last.0 {
            last = (base, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("base at write {} of {version}", last.0);
}

fn started(folder: &Path, store: StoreId) {
    let bytes = std::fs::metadata(folder.join("relations.db")).unwrap().len();
    let began = Instant::now();
    let db = open(folder);
    let there = db.hot().relations.graph(store).unwrap().find(&tuple(7).key).is_some();
    let took = began.elapsed().as_secs_f64();
    let count = db.hot().relations.graph(store).unwrap().len();
    println!("start with {count} tuples ({bytes} bytes on disk) to the first answer ({there}): {took:.2} s");
}

fn flushes(path: &Path) -> impl Iterator<Item = Duration> {
    let mut file = std::fs::File::create(path).unwrap();
    std::iter::from_fn(move || {
        let began = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        Some(began.elapsed())
    })
}

fn half(of: usize, times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.take(of).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

async fn make(db: &Db) -> Store {
    let org: OrgId = db.env().id();
    db.write(org, Who::SYSTEM, |tx| {
        let id: StoreId = tx.id();
        let (no, org, meta) = (tx.open_log(id)?, tx.org(), Meta::new(tx.now()));
        let (name, keys) = ("drive".to_owned(), Vec::new());
        let store = tx.insert(Store {
            id,
            org,
            name,
            no,
            latest: None,
            keys,
            ids: chancery_model::ObjectIds::default(),
            recorded: false,
            meta,
        })?;
        let recorded = tx.record(Event::StoreCreated { store: id, name: Text::new("drive") });
        Ok::<_, Fault>(recorded.with((*store).clone()))
    })
    .await
    .unwrap()
}

fn tuple(n: usize) -> Tuple {
    let user = format!("user:u{:05}", n * 31 % 50_000);
    Tuple { key: TupleKey::new(&format!("document:d{:07}", n / 2), "viewer", &user), condition: None }
}

async fn write(db: &Db, store: &Store, first: usize, count: usize) {
    let store = store.clone();
    let all: Vec<Tuple> = (first..first + count).map(tuple).collect();
    let write = db.write(store.org, Who::SYSTEM, move |tx| {
        let graph = tx.graph(store.id).ok_or_else(|| Fault::not_found("store"))?;
        let now = tx.now().micros();
        let absent = all.into_iter().filter(|tuple| graph.find(&tuple.key).is_none());
        let changes: Vec<Change> = absent.map(|tuple| Change::Write(tuple, now)).collect();
        let appended = tx.append_tuples(&store, &graph, &changes)?;
        let recorded = tx.record(Event::TuplesWritten {
            store: store.id,
            model: Id::from_uuid(Default::default()),
            key: None,
            writes: changes.len() as i64,
            deletes: 0,
            version: appended.version as i64,
            digest: Digest(appended.digest),
        });
        Ok::<_, Fault>(recorded.with(()))
    });
    write.await.unwrap();
}
