//! Stores of relationships: what was acknowledged is there, here and on the other node, and after a start.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chancery_audit::{Digest, Event, Text};
use chancery_kernel::{Env, Fault, Id, OrgId, StoreId};
use chancery_model::{Meta, Store};
use chancery_rebac::engine::{Change, Filter, Order};
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};
use chancery_store::tables::relations;
use chancery_store::{Config, Db, Location, Who};
use serde_json::json;

use crate::cluster::Cluster;
use crate::fixture::{Bench, START, on_both, register, run, verified};
use crate::nodes::soon;

on_both! {
    writes_of_one_commit_see_each_other
    a_write_that_fails_leaves_the_tuples_as_they_were
    a_start_finds_every_tuple_as_it_was_written
    a_start_over_so_many_that_several_threads_work_finds_every_one
    a_base_is_written_and_read_and_what_came_later_with_it
    a_reading_goes_on_in_its_order_after_a_start
    names_that_only_deleted_tuples_had_are_given_back_while_others_write
    the_log_gives_what_was_written_in_order
    a_store_that_is_deleted_leaves_nothing
    models_are_listed_newest_first
}

pub async fn store(db: &Db, org: OrgId) -> Store {
    db.write(org, Who::SYSTEM, move |tx| {
        let id: StoreId = tx.id();
        let no = tx.open_log(id)?;
        let store = Store {
            id,
            org: tx.org(),
            name: "drive".into(),
            no,
            latest: None,
            keys: Vec::new(),
            ids: chancery_model::ObjectIds::default(),
            recorded: false,
            meta: Meta::new(START),
        };
        let store = tx.insert(store)?;
        let recorded = tx.record(Event::StoreCreated { store: id, name: Text::new("drive") });
        Ok::<_, Fault>(recorded.with((*store).clone()))
    })
    .await
    .unwrap()
}

fn tuple(n: usize) -> Tuple {
    let condition = n.is_multiple_of(5).then(|| TupleCondition {
        name: "in_time".into(),
        context: json!({ "n": n }).as_object().unwrap().clone(),
    });
    Tuple { key: key(n), condition }
}

fn key(n: usize) -> TupleKey {
    TupleKey::new(&format!("doc:{n}"), "viewer", &format!("user:{}", n % 17))
}

/// Writes what is not there yet, and fails where something is.
pub async fn write(db: &Db, store: &Store, which: impl IntoIterator<Item = usize>) -> Result<u64, Fault> {
    let (store, which) = (store.clone(), which.into_iter().collect::<Vec<_>>());
    db.write(store.org, Who::SYSTEM, move |tx| {
        let graph = tx.graph(store.id).ok_or_else(|| Fault::not_found("store"))?;
        if which.iter().any(|n| graph.find(&key(*n)).is_some()) {
            return Err(Fault::conflict("exists", "it is there"));
        }
        let now = tx.now().micros();
        let all: Vec<Change> = which.iter().map(|n| Change::Write(tuple(*n), now)).collect();
        let appended = tx.append_tuples(&store, &graph, &all)?;
        Ok(tx.record(written(&store, all.len(), appended)).with(appended.version))
    })
    .await
}

fn written(store: &Store, count: usize, appended: relations::Appended) -> Event {
    Event::TuplesWritten {
        store: store.id,
        model: Id::from_uuid(Default::default()),
        key: None,
        writes: count as i64,
        deletes: 0,
        version: appended.version as i64,
        digest: Digest(appended.digest),
    }
}

fn count(db: &Db, store: &Store) -> usize {
    db.hot().relations.graph(store.id).unwrap().len() as usize
}

fn version(db: &Db, store: &Store) -> u64 {
    db.hot().relations.graph(store.id).unwrap().version()
}

async fn writes_of_one_commit_see_each_other(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    // All want the same tuple, and each one of its own.
    let wishes = (1..=60).map(|n| {
        let (db, store) = (db.clone(), store.clone());
        tokio::spawn(async move { write(&db, &store, if n % 2 == 0 { vec![0, n] } else { vec![n] }).await })
    });
    let mut versions = Vec::new();
    for wish in wishes.collect::<Vec<_>>() {
        match wish.await.unwrap() {
            Ok(version) => versions.push(version),
            Err(fault) => assert_eq!(fault.code, "exists"),
        }
    }
    assert_eq!(versions.len(), 31, "one of thirty got it");
    versions.sort_unstable();
    assert_eq!(versions, (1..=31).collect::<Vec<u64>>());
    assert_eq!((count(&db, &store), version(&db, &store)), (32, 31));
    assert_eq!(verified(&db, store.org).await.len(), 32);
}

async fn a_write_that_fails_leaves_the_tuples_as_they_were(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    let mine = store.clone();
    let failed = db.write(store.org, Who::SYSTEM, move |tx| {
        let graph = tx.graph(mine.id).ok_or_else(|| Fault::not_found("store"))?;
        let appended = tx.append_tuples(&mine, &graph, &[Change::Write(tuple(1), 0)])?;
        let _ = tx.record(written(&mine, 1, appended));
        Err::<chancery_store::Audited<()>, _>(Fault::conflict("on_purpose", "fails on purpose"))
    });
    let beside = write(&db, &store, [2]);
    let (failed, beside) = tokio::join!(failed, beside);
    assert_eq!(failed.unwrap_err().code, "on_purpose");
    assert_eq!(beside.unwrap(), 1);
    assert_eq!(count(&db, &store), 1);
    drop(db);
    assert_eq!(count(&bench.open(), &store), 1);
}

fn all_as_written(db: &Db, store: &Store, which: std::ops::Range<usize>) {
    let hot = db.hot();
    let graph = hot.relations.graph(store.id).unwrap();
    assert_eq!(graph.len(), which.len() as u64);
    for n in which {
        let stored = graph.find(&key(n)).unwrap();
        assert_eq!((stored.tuple, stored.written_at), (tuple(n), START.micros()));
    }
}

async fn a_start_finds_every_tuple_as_it_was_written(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    let other = self::store(&db, store.org).await;
    for n in 0..20 {
        write(&db, &store, n * 10..n * 10 + 10).await.unwrap();
    }
    write(&db, &other, [7]).await.unwrap();
    drop(db);
    let db = bench.open();
    all_as_written(&db, &store, 0..200);
    all_as_written(&db, &other, 7..8);
    assert_eq!((version(&db, &store), version(&db, &other)), (20, 1));
    assert_eq!(write(&db, &store, [200]).await.unwrap(), 21);
}

async fn a_start_over_so_many_that_several_threads_work_finds_every_one(bench: Bench) {
    const EACH: usize = 50_000;
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    for n in 0..3 {
        write(&db, &store, n * EACH..(n + 1) * EACH).await.unwrap();
    }
    drop(db);
    let db = bench.open();
    all_as_written(&db, &store, 0..3 * EACH);
    assert_eq!(version(&db, &store), 3);
    let hot = db.hot();
    let of_one = Filter { user: Some("user:3".into()), ..Filter::default() };
    let leaf = hot.relations.graph(store.id).unwrap().leaf(&of_one, Order::Names, None, 10_000);
    assert_eq!(leaf.tuples.len(), (0..3 * EACH).filter(|n| n % 17 == 3).count(), "from the user's side too");
}

async fn a_base_is_written_and_read_and_what_came_later_with_it(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    write(&db, &store, 0..12_000).await.unwrap();
    let no = store.no;
    let mut base = 0;
    for _ in 0..400 {
        base = db.read(relations::bases).await.unwrap().iter().find(|b| b.0 == no).unwrap().2;
        if base > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(base, 1);
    write(&db, &store, 12_000..12_010).await.unwrap();
    drop(db);
    // Without the log up to there, only the base can have them.
    let bare = bench.open();
    bare.maintain(move |sql| relations::forget_writes(sql, no, 1)).await.unwrap();
    drop(bare);
    let db = bench.open();
    all_as_written(&db, &store, 0..12_010);
    assert_eq!(version(&db, &store), 2);
}

async fn a_reading_goes_on_in_its_order_after_a_start(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    write(&db, &store, (0..1_700).rev()).await.unwrap();
    let filter = Filter { user: Some("user:3".into()), ..Filter::default() };
    let page = |db: &Db, after: Option<&TupleKey>| -> Vec<TupleKey> {
        let graph = db.hot().relations.graph(store.id).unwrap().clone();
        let leaf = graph.leaf(&filter, Order::Hashes, after, 40);
        leaf.tuples.into_iter().map(|one| one.tuple.key).collect()
    };
    let mut read = page(&db, None);
    write(&db, &store, 1_700..3_400).await.unwrap();
    drop(db);
    for _ in 0..5 {
        let next = page(&bench.open(), read.last());
        read.extend(next);
    }
    let (count, at_first) = (read.len(), (0..1_700).filter(|n| n % 17 == 3));
    assert!(at_first.map(key).all(|key| read.contains(&key)));
    read.sort();
    read.dedup();
    assert_eq!(read.len(), count, "nothing is read twice");
}

async fn delete(db: &Db, store: &Store, which: std::ops::Range<usize>) {
    let store = store.clone();
    let deleted = db.write(store.org, Who::SYSTEM, move |tx| {
        let graph = tx.graph(store.id).ok_or_else(|| Fault::not_found("store"))?;
        let all: Vec<Change> = which.map(|n| Change::Delete(key(n))).collect();
        let appended = tx.append_tuples(&store, &graph, &all)?;
        Ok::<_, Fault>(tx.record(written(&store, all.len(), appended)).with(()))
    });
    deleted.await.unwrap();
}

async fn names_that_only_deleted_tuples_had_are_given_back_while_others_write(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    write(&db, &store, 0..15_000).await.unwrap();
    delete(&db, &store, 100..15_000).await;
    let held = || db.hot().relations.graph(store.id).unwrap().objects_of("doc");
    assert_eq!(held(), 15_000);
    let mut more = 15_000;
    for _ in 0..400 {
        write(&db, &store, [more]).await.unwrap();
        more += 1;
        if held() < 15_000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let came = more - 15_000;
    assert!((held() as usize) <= 100 + came, "{} names for {} tuples", held(), 100 + came);
    // Nothing that was acknowledged meanwhile is missing, here or after a start.
    assert_eq!((count(&db, &store), version(&db, &store)), (100 + came, 2 + came as u64));
    write(&db, &store, [more]).await.unwrap();
    drop(db);
    let db = bench.open();
    assert_eq!((count(&db, &store), version(&db, &store)), (101 + came, 3 + came as u64));
    let hot = db.hot();
    let graph = hot.relations.graph(store.id).unwrap();
    assert!((0..100).chain(15_000..more + 1).all(|n| graph.find(&key(n)).is_some()));
}

async fn the_log_gives_what_was_written_in_order(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    for n in 0..5 {
        write(&db, &store, [n]).await.unwrap();
        bench.clock.advance(chancery_kernel::Seconds(10));
    }
    let mine = store.clone();
    let all = db.read(move |sql| relations::writes(sql, &mine, 1, 3)).await.unwrap();
    let seen: Vec<_> = all.iter().map(|w| (w.version, w.changes.len())).collect();
    assert_eq!(seen, [(2, 1), (3, 1), (4, 1)]);
    assert_eq!(all[0].changes, [Change::Write(tuple(1), all[0].at.micros())]);
    let (mine, third) = (store.clone(), all[1].at);
    assert_eq!(db.read(move |sql| relations::version_before(sql, &mine, third)).await.unwrap(), 2);
}

async fn a_store_that_is_deleted_leaves_nothing(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    write(&db, &store, 0..700).await.unwrap();
    let id = store.id;
    db.write(store.org, Who::SYSTEM, move |tx| {
        let present = tx.get::<Store>(id)?;
        tx.close_log(id)?;
        tx.delete(&present)?;
        let name = Text::new(&present.name);
        Ok::<_, Fault>(tx.record(Event::StoreDeleted { store: id, name }).with(()))
    })
    .await
    .unwrap();
    assert!(db.hot().relations.graph(id).is_none());
    for _ in 0..400 {
        if db.read(relations::gone).await.unwrap().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let left = db.read(move |sql| relations::writes(sql, &store, 0, 10)).await.unwrap();
    assert!(left.is_empty());
    drop(db);
    assert!(bench.open().hot().relations.graph(id).is_none());
}

async fn models_are_listed_newest_first(bench: Bench) {
    let db = bench.open();
    let store = store(&db, db.env().id()).await;
    let id = store.id;
    let mut made = Vec::new();
    for n in 0..3 {
        bench.clock.advance(chancery_kernel::Seconds(1));
        let model = db
            .write(store.org, Who::SYSTEM, move |tx| {
                let model = tx.id();
                tx.add_model(id, model, &format!("{{\"n\":{n}}}"))?;
                let digest = Digest([0; 32]);
                let event = Event::ModelWritten { store: id, model, key: None, digest, version: 0 };
                Ok::<_, Fault>(tx.record(event).with(model))
            })
            .await
            .unwrap();
        made.push(model);
    }
    let listed = db.read(move |sql| relations::models(sql, id, None, 2)).await.unwrap();
    assert_eq!(listed.iter().map(|m| m.0).collect::<Vec<_>>(), [made[2], made[1]]);
    let last = listed[1].0;
    let listed = db.read(move |sql| relations::models(sql, id, Some(last), 2)).await.unwrap();
    assert_eq!(listed, [(made[0], "{\"n\":0}".to_owned())]);
    let first = made[0];
    let other: StoreId = db.env().id();
    assert_eq!(db.read(move |sql| relations::model(sql, other, first)).await.unwrap(), None);
}

#[test]
fn the_other_node_follows_within_a_tenth_of_a_second() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let store = store(&here, here.env().id()).await;
        let mut news = there.turned();
        soon("the store is known", || there.hot().relations.graph(store.id).is_some()).await;
        let mut late = Vec::new();
        for n in 0..40 {
            let version = write(&here, &store, [n]).await.unwrap();
            let since = Instant::now();
            while self::version(&there, &store) < version {
                tokio::time::timeout(Duration::from_secs(5), news.changed()).await.unwrap().unwrap();
            }
            late.push(since.elapsed());
        }
        late.sort_unstable();
        assert!(late[20] < Duration::from_millis(100), "{late:?}");
        all_as_written(&there, &store, 0..40);
    });
}

#[test]
fn a_look_finds_what_the_other_node_answered_before_it() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open()];
        let store = store(&nodes[0], nodes[0].env().id()).await;
        for n in 0..60 {
            let version = write(&nodes[n % 2], &store, [n]).await.unwrap();
            let other = &nodes[(n + 1) % 2];
            other.look().await.unwrap();
            assert!(self::version(other, &store) >= version);
        }
        // Between them, they kept one order; a node that was not there agrees.
        all_as_written(&bench.open(), &store, 0..60);
    });
}

#[test]
fn a_node_that_reads_everything_anew_keeps_its_tuples() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let store = store(&here, here.env().id()).await;
        there.look().await.unwrap();
        write(&here, &store, [0, 1]).await.unwrap();
        there.look().await.unwrap();
        write(&here, &store, [2]).await.unwrap();
        // The trail is lost: what comes next cannot be taken over one by one.
        register(&here, store.org, "trail").await.unwrap();
        here.maintain(|sql| sql.run("delete from hot_changes", &[]).map(drop)).await.unwrap();
        there.look().await.unwrap();
        all_as_written(&there, &store, 0..3);
    });
}

const PLACE: &str = "CHANCERY_TUPLES_PLACE";

/// The victim: writes until it is killed, and says on standard output what was acknowledged.
#[test]
#[ignore = "run by the tests below, as a process of its own"]
fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let Ok(place) = std::env::var(PLACE) else { return };
    let location =
        if place.starts_with('/') { Location::Sqlite(place.into()) } else { Location::Postgres(place) };
    run(async move {
        let clock = chancery_kernel::env::ManualClock::at(START);
        let seed = std::process::id().into();
        let env = Env::new(clock, chancery_kernel::env::SeededEntropy::new(seed));
        let db = Db::open(&Config::new(location), env).unwrap();
        let known = db.hot().stores.all().next().map(|store| (**store).clone());
        let store = match known {
            Some(store) => store,
            None => store(&db, OrgId::from_uuid(Default::default())).await,
        };
        let begin = count(&db, &store);
        let writers = (0..4).map(|w| {
            let (db, store) = (db.clone(), store.clone());
            tokio::spawn(async move {
                for n in 0.. {
                    let first = (begin + n * 7) * 4 + w;
                    let mine = (0..7).map(|k| first + k * 4).collect::<Vec<_>>();
                    // What an earlier process wrote and was not told of may stand in the way.
                    if write(&db, &store, mine.clone()).await.is_ok() {
                        let line = format!("\nack {}\n", mine[0]);
                        std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

#[test]
fn tuples_that_were_acknowledged_survive_a_kill_on_sqlite() {
    let bench = Bench::sqlite();
    let Location::Sqlite(file) = &bench.config.location else { return };
    kill_again_and_again(&bench, &file.display().to_string(), || ());
}

#[test]
fn tuples_that_were_acknowledged_survive_a_kill_on_postgres() {
    let Some(cluster) = Cluster::shared() else { return };
    let bench = Bench::postgres(cluster);
    let Location::Postgres(url) = &bench.config.location else { return };
    kill_again_and_again(&bench, url, || cluster.wait_until_left(url));
}

fn kill_again_and_again(bench: &Bench, place: &str, settled: impl Fn()) {
    let mut acknowledged: Vec<usize> = Vec::new();
    for round in 0u32..10 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["relations::victim", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, place)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let parse = |line: &String| line.strip_prefix("ack ").and_then(|n| n.parse().ok());
        let first = said.by_ref().find_map(|line| parse(&line));
        acknowledged.push(first.expect("the victim wrote nothing"));
        std::thread::sleep(Duration::from_micros(u64::from(round) * 7_919 % 80_000));
        victim.kill().unwrap();
        acknowledged.extend(said.filter_map(|line| parse(&line)));
        victim.wait().unwrap();
        settled();
        let db = bench.open();
        let hot = db.hot();
        let store = hot.stores.all().next().unwrap();
        let graph = hot.relations.graph(store.id).unwrap();
        for first in &acknowledged {
            for n in (0..7).map(|k| first + k * 4) {
                assert!(graph.find(&key(n)).is_some(), "acknowledged, and not there: {n}");
            }
        }
        // A write is there whole or not at all.
        assert_eq!(graph.len() % 7, 0);
        assert_eq!(graph.len(), graph.version() * 7);
    }
    assert!(acknowledged.len() > 100, "there was a load: {}", acknowledged.len());
}
