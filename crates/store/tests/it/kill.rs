//! The process is killed while it writes, or the database server is: what was acknowledged is there, and the log
//! verifies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chancery_audit::Event;
use chancery_kernel::{Env, Fault, Id, OrgId, UserId};
use chancery_store::{Config, Db, Location, Who};

use crate::cluster::Cluster;
use crate::fixture::{Bench, agent, event, run, verified};
use crate::nodes::{load, service_again};

const ROUNDS: u32 = 24;
const PLACE: &str = "CHANCERY_KILL_PLACE";

fn org() -> OrgId {
    OrgId::from_uuid(Default::default())
}

/// The victim: writes until it is killed, and says on standard output what was acknowledged.
#[test]
#[ignore = "run by the tests below, as a process of its own"]
fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let Ok(place) = std::env::var(PLACE) else { return };
    let location =
        if place.starts_with('/') { Location::Sqlite(place.into()) } else { Location::Postgres(place) };
    let round = std::process::id();
    run(async move {
        let clock = chancery_kernel::env::ManualClock::at(crate::fixture::START);
        let env = Env::new(clock, chancery_kernel::env::SeededEntropy::new(round.into()));
        let db = Db::open(&Config::new(location), env).unwrap();
        let writers = (0..8).map(|n| tokio::spawn(write(db.clone(), n)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

async fn write(db: Db, writer: u32) {
    for n in 0u32.. {
        let user: UserId = db.env().id();
        let pos = db
            .write(org(), Who::SYSTEM, move |tx| {
                if n % 23 == 0 {
                    tx.insert(agent(tx.org(), tx.id(), &format!("{writer}-{n}-{user}")))?;
                }
                tx.outbox("kill", serde_json::Value::Null);
                let recorded = tx.record(event(user));
                Ok::<_, Fault>(recorded.with(recorded.pos))
            })
            .await
            .unwrap();
        // One write of one line: the parent reads whole lines or none.
        std::io::stdout().lock().write_all(format!("\nack {pos} {user}\n").as_bytes()).unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_on_sqlite() {
    let bench = Bench::sqlite();
    let Location::Sqlite(file) = &bench.config.location else { return };
    kill_again_and_again(&bench, &file.display().to_string(), || ());
}

#[test]
fn what_was_acknowledged_survives_a_kill_on_postgres() {
    let Some(cluster) = Cluster::shared() else { return };
    let bench = Bench::postgres(cluster);
    let Location::Postgres(url) = &bench.config.location else { return };
    // The server goes on with what it was told before its client died.
    kill_again_and_again(&bench, url, || cluster.wait_until_left(url));
}

/// Kills a writer at another moment each time, and looks at what it left once that has settled.
fn kill_again_and_again(bench: &Bench, place: &str, settled: impl Fn()) {
    let mut acknowledged: Vec<(i64, UserId)> = Vec::new();
    for round in 0..ROUNDS {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["kill::victim", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, place)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Well into the load, and at another moment every round.
        let first = said.by_ref().find_map(|line| parse(&line));
        acknowledged.push(first.expect("the victim wrote nothing"));
        std::thread::sleep(Duration::from_micros(u64::from(round) * 7_919 % 80_000));
        victim.kill().unwrap();
        acknowledged.extend(said.filter_map(|line| parse(&line)));
        victim.wait().unwrap();
        settled();
        run(check(bench, &acknowledged));
    }
    assert!(acknowledged.len() > 200, "there was a load: {}", acknowledged.len());
}

fn parse(line: &str) -> Option<(i64, UserId)> {
    let (pos, user) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((pos.parse().ok()?, user.parse().ok()?))
}

async fn check(bench: &Bench, acknowledged: &[(i64, UserId)]) {
    let db = bench.open();
    let lines = verified(&db, org()).await;
    for (pos, user) in acknowledged {
        let line = &lines[usize::try_from(*pos).unwrap() - 1];
        assert_eq!(line.decode().unwrap().event(), Some(&Event::UserEnabled { user: *user }));
    }
    // What rides along is all there or not at all.
    let queued = db.read(chancery_store::outbox::waiting).await.unwrap();
    assert_eq!(usize::try_from(queued).unwrap(), lines.len());
}

#[test]
fn what_was_acknowledged_survives_a_kill_of_postgres_itself() {
    // Durable, as a server in use is: what is tested is that we ask for it and wait for it.
    let Some(cluster) = Cluster::start_with(|_| "fsync = on".into()) else { return };
    run(async {
        let bench = Bench::postgres(&cluster);
        let nodes = [bench.open(), bench.open()];
        let org: OrgId = nodes[0].env().id();
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> =
            (0..8).map(|n| tokio::spawn(load(nodes[n % 2].clone(), org, stop.clone()))).collect();
        for round in 0..6 {
            tokio::time::sleep(Duration::from_millis(100 + 37 * round)).await;
            tokio::task::block_in_place(|| {
                cluster.kill();
                cluster.restart();
            });
            for db in &nodes {
                service_again(db, org).await;
            }
        }
        stop.store(true, Ordering::SeqCst);
        let (mut acknowledged, mut refused) = (BTreeMap::new(), 0);
        for writer in writers {
            let (some, errors) = writer.await.unwrap();
            acknowledged.extend(some);
            refused += errors;
        }
        assert!(refused > 0, "the kills were noticed");
        assert!(acknowledged.len() > 100, "there was a load: {}", acknowledged.len());
        let lines = verified(&nodes[0], org).await;
        let mut named = BTreeMap::new();
        for line in &lines {
            let Some(Event::UserEnabled { user }) = line.decode().unwrap().event().cloned() else { panic!() };
            assert_eq!(named.insert(user, line.seq), None, "recorded twice");
        }
        for (pos, user) in &acknowledged {
            assert_eq!(named.get(user), Some(pos), "acknowledged, and not there");
        }
        // A node that was not there when it happened sees the same.
        assert_eq!(verified(&bench.open(), org).await, lines);
    });
}
