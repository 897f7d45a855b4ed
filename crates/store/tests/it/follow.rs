//! How a node follows the others: beside its own commits, each change once, and never back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use chancery_audit::Frontier;
use chancery_kernel::{AgentId, Fault, OrgId};
use chancery_model::{Agent, Store};
use chancery_store::{Config, Db, Location, Who};
use tokio::sync::broadcast::error::TryRecvError;

use crate::cluster::Cluster;
use crate::fixture::{Bench, append, note, register, run};
use crate::nodes::soon;
use crate::relations::{store, write};

/// What waits for something that would never come fails after this.
const LONG: Duration = Duration::from_secs(8);

fn url(bench: &Bench) -> &str {
    let Location::Postgres(url) = &bench.config.location else { panic!("not PostgreSQL") };
    url
}

/// A node whose connections carry a name.
fn named(bench: &Bench, name: &str) -> Db {
    let location = Location::Postgres(format!("{} application_name={name}", url(bench)));
    Db::open(&Config::new(location), bench.env()).unwrap()
}

fn version(db: &Db, org: OrgId, agent: AgentId) -> i64 {
    db.hot().agents.find(org, agent).map_or(0, |agent| agent.meta.version)
}

/// A write that is held by its closure until the sender goes, and with it the head of its log.
fn held(db: &Db, org: OrgId) -> (tokio::task::JoinHandle<i64>, mpsc::Sender<()>) {
    let (go, gone) = mpsc::channel::<()>();
    let (begun, began) = mpsc::channel();
    let db = db.clone();
    let writing = tokio::spawn(async move {
        let write = db.write(org, Who::SYSTEM, move |tx| {
            let _ = begun.send(());
            let _ = gone.recv_timeout(LONG * 2);
            note(tx)
        });
        write.await.unwrap()
    });
    tokio::task::block_in_place(|| began.recv_timeout(LONG)).unwrap();
    (writing, go)
}

#[test]
fn a_node_whose_lane_waits_hears_of_the_others_all_the_same() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there, third) = (bench.open(), named(&bench, "there"), bench.open());
        let (busy, quiet): (OrgId, OrgId) = (here.env().id(), here.env().id());
        let store = store(&here, quiet).await;
        append(&there, busy).await.unwrap();
        let (holding, go) = held(&third, busy);
        // Its lane waits for the head that the third node holds.
        let waiting = {
            let there = there.clone();
            tokio::spawn(async move { append(&there, busy).await.unwrap() })
        };
        const WAITS: &str = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' \
            and application_name = 'there'";
        soon("the lane waits", || tokio::task::block_in_place(|| cluster.ask(url(&bench), WAITS)) == [["1"]])
            .await;
        let agent = register(&here, quiet, "meanwhile").await.unwrap();
        let written = write(&here, &store, 0..3).await.unwrap();
        tokio::time::timeout(LONG, there.look_at(quiet)).await.expect("a look waits for no lane").unwrap();
        assert_eq!(version(&there, quiet, agent), 1);
        assert_eq!(there.hot().relations.graph(store.id).unwrap().version(), written);
        // And without being asked.
        let mut turned = there.turned();
        write(&here, &store, 3..4).await.unwrap();
        tokio::time::timeout(LONG, turned.changed()).await.expect("it is told").unwrap();
        tokio::time::timeout(LONG, there.look()).await.expect("a look at everything neither").unwrap();
        assert!(!waiting.is_finished() && !holding.is_finished());
        drop(go);
        assert_eq!((holding.await.unwrap(), waiting.await.unwrap()), (2, 3));
    });
}

#[test]
fn a_node_whose_ear_is_cut_off_hears_again() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), named(&bench, "ear"));
        let org: OrgId = here.env().id();
        const CUT: &str =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ear'";
        for round in 1..4 {
            tokio::task::block_in_place(|| cluster.ask(url(&bench), CUT));
            register(&here, org, &format!("agent-{round}")).await.unwrap();
            soon("it has heard", || there.hot().agents.of(org).count() == round).await;
            soon("and knows that it has", || there.is_current()).await;
        }
        // Told again, and not only looking: the lane's connection came back by itself as well.
        assert_eq!(append(&there, org).await.unwrap(), 4);
    });
}

#[test]
fn a_notification_that_is_no_node_s_changes_nothing_and_stops_nothing() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let org: OrgId = here.env().id();
        let agent = register(&here, org, "agent").await.unwrap();
        let unknown: OrgId = here.env().id();
        let (far, other) = (format!("00 {org} 999"), format!("00 {unknown} 7"));
        for text in ["", "agents", "00", &far, &other, &"x".repeat(7_000)] {
            tokio::task::block_in_place(|| {
                cluster.ask(url(&bench), &format!("notify chancery_hot, '{text}'"))
            });
        }
        there.look().await.unwrap();
        assert_eq!(there.hot().agents.of(org).count(), 1);
        let raised = raise(&here, org, agent).await;
        soon("it follows", || version(&there, org, agent) == raised).await;
    });
}

async fn raise(db: &Db, org: OrgId, id: AgentId) -> i64 {
    let write = db.write(org, Who::SYSTEM, move |tx| {
        let agent = tx.get::<Agent>(id)?;
        let raised = tx.update((*agent).clone())?;
        Ok::<_, Fault>(note(tx)?.map(|_| raised.meta.version))
    });
    write.await.unwrap()
}

/// What a node shows, watched until it is told to stop: versions of a fact and of a store's tuples only rise.
fn watch(
    db: Db,
    org: OrgId,
    agent: AgentId,
    store: Store,
    stop: Arc<AtomicBool>,
) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let (mut last, mut seen) = ((0, 0), 0);
        while !stop.load(Ordering::SeqCst) {
            let now = {
                let hot = db.hot();
                let tuples = hot.relations.graph(store.id).map_or(0, |graph| graph.version());
                (hot.agents.find(org, agent).map_or(0, |agent| agent.meta.version), tuples)
            };
            assert!(now.0 >= last.0 && now.1 >= last.1, "{now:?} after {last:?}");
            seen += u64::from(now != last);
            last = now;
            std::thread::yield_now();
        }
        seen
    })
}

#[test]
fn of_nodes_that_write_the_same_facts_none_ever_goes_back_and_each_growth_is_news_once() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open(), bench.open()];
        let org: OrgId = nodes[0].env().id();
        let agent = register(&nodes[0], org, "raised").await.unwrap();
        let store = store(&nodes[0], org).await;
        // Some changes are forgotten before anybody read them, so that everything is read anew while others go on.
        let forget = "create function forget() returns trigger language plpgsql as \
             'begin if new.seq % 7 = 0 then return null; end if; return new; end'; \
             create trigger forget before insert on hot_changes for each row execute function forget()";
        tokio::task::block_in_place(|| cluster.ask(url(&bench), forget));
        let mut news = nodes.each_ref().map(Db::subscribe);
        let stop = Arc::new(AtomicBool::new(false));
        let watchers = nodes.each_ref().map(|db| watch(db.clone(), org, agent, store.clone(), stop.clone()));
        let writers = (0..9).map(|n| {
            let (db, store) = (nodes[n % 2].clone(), store.clone());
            tokio::spawn(async move {
                for round in 0..25 {
                    match n / 2 % 3 {
                        0 => drop(raise(&db, org, agent).await),
                        1 => drop(write(&db, &store, [n * 1_000 + round]).await.unwrap()),
                        _ => drop(append(&db, org).await.unwrap()),
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        for db in &nodes {
            db.look().await.unwrap();
        }
        stop.store(true, Ordering::SeqCst);
        for watcher in watchers {
            assert!(watcher.join().unwrap() > 5, "something was seen");
        }
        let [first, second, third] = nodes.each_ref().map(|db| (version(db, org, agent), tuples(db, &store)));
        assert!(first == second && second == third && first.0 > 25, "{first:?} {second:?} {third:?}");
        for news in &mut news {
            let mut sizes: HashMap<OrgId, i64> = HashMap::new();
            loop {
                match news.try_recv() {
                    Ok(commit) => {
                        let last = sizes.insert(commit.org, commit.size);
                        assert!(last < Some(commit.size), "{:?} after {last:?}", commit.size);
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(sizes.get(&org), Some(&(2 + 9 * 25)));
        }
    });
}

/// As many organizations as a large installation has, most of them idle.
#[test]
fn a_node_of_many_organizations_follows_within_a_tenth_of_a_second() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let here = bench.open();
        let empty: String = Frontier::new().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let many = format!(
            "insert into log_heads (log, size, at, frontier, hot, indexed) \
             select decode(md5(n::text), 'hex'), 0, 0, decode('{empty}', 'hex'), 0, 0 from generate_series(1, 20000) n"
        );
        tokio::task::block_in_place(|| cluster.ask(url(&bench), &many));
        let there = bench.open();
        let (quiet, busy): (OrgId, OrgId) = (here.env().id(), here.env().id());
        let store = store(&here, quiet).await;
        there.look().await.unwrap();
        let mut took = Vec::new();
        for n in 0..100 {
            append(&here, busy).await.unwrap();
            let mut turned = there.turned();
            let version = write(&here, &store, [n]).await.unwrap();
            let answered = Instant::now();
            while tuples(&there, &store).0 < version {
                tokio::time::timeout(LONG, turned.changed()).await.unwrap().unwrap();
            }
            took.push(answered.elapsed());
        }
        took.sort_unstable();
        assert!(took[90] < Duration::from_millis(100), "{took:?}");
    });
}

fn tuples(db: &Db, store: &Store) -> (u64, u64) {
    let hot = db.hot();
    hot.relations.graph(store.id).map(|graph| (graph.version(), graph.len())).unwrap()
}
