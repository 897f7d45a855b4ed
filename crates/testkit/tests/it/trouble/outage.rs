//! The disk is full, or the database goes away under load: errors that say so, then service, and every token that was
//! handed out is one line of a log that verifies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chancery_testkit::Kit;
use serde_json::json;

use super::limits::{self, SmallDisk, Wall};
use crate::nodes::cluster::Cluster;
use crate::world::{Agent, Client, Reply, World, claims};

/// Longer than anything here should take.
const PATIENCE: Duration = Duration::from_secs(60);
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// Somebody who can have tokens at every moment.
async fn background(w: &mut World) -> Agent {
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    agent
}

fn jti(reply: &Reply) -> String {
    claims(&reply.access())["jti"].as_str().unwrap().to_owned()
}

/// An answer of a server that cannot write now: RFC 9110 §15.6.4, and an error of OAuth.
fn unavailable(reply: &Reply) {
    assert_eq!(reply.outcome(), (503, "temporarily_unavailable"), "{}", reply.text);
    assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(reply.body["error_description"].as_str().unwrap().len() > 10, "{}", reply.text);
}

/// Each of these stands in the log, once; and the log is what was signed.
async fn all_recorded(w: &mut World, issued: &[String]) {
    let api = w.api().await;
    let export = w.http.get(w.kit.url("/api/v1/events/export")).bearer_auth(api.token.unwrap());
    let log = export.send().await.unwrap().bytes().await.unwrap();
    chancery_audit::verify(&log[..], Default::default()).unwrap_or_else(|finding| panic!("{finding}"));
    let mut seen = BTreeMap::<String, usize>::new();
    for line in String::from_utf8_lossy(&log).lines().filter(|line| !line.starts_with('{')) {
        let entry: serde_json::Value = serde_json::from_str(line.split_once(' ').unwrap().1).unwrap();
        if let Some(jti) = entry["data"]["jti"].as_str() {
            *seen.entry(jti.to_owned()).or_default() += 1;
        }
    }
    assert!(seen.values().all(|count| *count == 1), "a decision stands twice");
    let lost: Vec<_> = issued.iter().filter(|jti| !seen.contains_key(*jti)).collect();
    assert!(lost.is_empty(), "handed out and not in the log: {} of {}", lost.len(), issued.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_handed_out_that_is_not_recorded_and_room_brings_service_back() {
    let Some(disk) = SmallDisk::mount() else { return };
    let location = disk.folder().join("data").display().to_string();
    let kit = Kit::start_with(|config| config.database.location = location).await.unwrap();
    refuses_and_comes_back(kit, &disk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_file_may_grow_nothing_is_handed_out_that_is_not_recorded_and_room_brings_service_back() {
    limits::alone("trouble::outage::a_process_whose_files_may_not_grow").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test above, as a process of its own: the limit holds for all of it"]
async fn a_process_whose_files_may_not_grow() {
    let kit = Kit::start().await.unwrap();
    let limit = limits::Limit::on(kit.data());
    refuses_and_comes_back(kit, &limit).await;
}

async fn refuses_and_comes_back(kit: Kit, wall: &impl Wall) {
    let mut w = World::on(kit).await;
    let agent = background(&mut w).await;
    let first = w.token(&agent.client, &[GRANT]).await.access();
    // One for each round: what was taken back in the first is dead in the second, whatever that is answered.
    let mut spares = Vec::new();
    for _ in 0..2 {
        spares.push(w.token(&agent.client, &[GRANT]).await.access());
    }
    let mut issued = Vec::new();
    for (round, spare) in spares.iter().enumerate() {
        wall.leave(200 << 10);
        let mut refused = 0;
        while refused < 10 {
            let reply = w.token(&agent.client, &[GRANT]).await;
            match reply.status {
                200 => issued.push(jti(&reply)),
                _ => {
                    unavailable(&reply);
                    refused += 1;
                }
            }
        }
        // Who only reads is served on; who takes a token back hears whether that is done (RFC 7009 §2.2.1).
        assert!(w.alive(&agent.client, &first).await, "round {round}");
        let revoked = w.as_client("/oauth2/revoke", &agent.client, &[("token", spare)]).await;
        if revoked.status != 200 {
            unavailable(&revoked);
        }
        assert_eq!(w.alive(&agent.client, spare).await, revoked.status != 200, "round {round}");
        wall.make_room();
        let begun = Instant::now();
        loop {
            let reply = w.token(&agent.client, &[GRANT]).await;
            if reply.status == 200 {
                issued.push(jti(&reply));
                break;
            }
            unavailable(&reply);
            assert!(begun.elapsed() < PATIENCE, "no service though there is room");
        }
    }
    all_recorded(&mut w, &issued).await;
    let mut w = w.again().await;
    all_recorded(&mut w, &issued).await;
}

/// Clients that ask without a pause.
struct Load {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    clients: tokio::task::JoinSet<Vec<String>>,
}

impl Load {
    fn begin(w: &World, client: &Client, count: usize) -> Self {
        let (over, answered, refused) = Default::default();
        let mut load = Self { over, answered, refused, clients: tokio::task::JoinSet::new() };
        for _ in 0..count {
            let (over, answered, refused) = (load.over.clone(), load.answered.clone(), load.refused.clone());
            let request = w.http.post(w.kit.url("/oauth2/token")).form(&client.with(&[GRANT]));
            load.clients.spawn(async move {
                let mut issued = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let reply = Reply::read(request.try_clone().unwrap().send().await.unwrap()).await;
                    if reply.status == 200 {
                        issued.push(jti(&reply));
                        answered.fetch_add(1, Ordering::Relaxed);
                    } else {
                        unavailable(&reply);
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
                issued
            });
        }
        load
    }

    /// Until there were this many more.
    async fn until(&self, counter: &AtomicUsize, more: usize) {
        let (begun, before) = (Instant::now(), counter.load(Ordering::Relaxed));
        while counter.load(Ordering::Relaxed) < before + more {
            assert!(begun.elapsed() < PATIENCE, "no answers of that kind");
            assert!(!self.clients.is_empty());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn end(self) -> Vec<String> {
        self.over.store(true, Ordering::Relaxed);
        self.clients.join_all().await.concat()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_database_under_load_is_errors_then_service_and_nothing_lost_or_doubled() {
    let Some(cluster) = tokio::task::block_in_place(Cluster::start) else { return };
    let cluster = Arc::new(cluster);
    let url = tokio::task::block_in_place(|| crate::nodes::url_on(&cluster));
    let kit = Kit::start_with(|config| config.database.location = url).await.unwrap();
    let mut w = World::on(kit).await;
    let agent = background(&mut w).await;
    let load = Load::begin(&w, &agent.client, 8);
    load.until(&load.answered, 50).await;
    for kill in [false, true] {
        tokio::task::block_in_place(|| if kill { cluster.kill() } else { cluster.stop() });
        load.until(&load.refused, 16).await;
        tokio::task::block_in_place(|| cluster.restart());
        load.until(&load.answered, 50).await;
    }
    let issued = load.end().await;
    all_recorded(&mut w, &issued).await;
}
