//! The real server, killed while it writes tuples: what it acknowledged is there, and a request is there whole or not at all.

use std::time::Duration;

use chancery_testkit::Kit;
use serde_json::json;

use super::{Store, tuple, version, writes};
use crate::killed::{configure, victim_of};
use crate::world::World;

const ROUNDS: u32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_writes_loses_nothing_that_was_acknowledged_and_halves_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let kit = Kit::start_with(|config| configure(config, folder.path(), port)).await.unwrap();
    let mut w = World::on(kit).await;
    let path = w.store("drive").await;
    let key = w.store_key(&path, "write").await;
    let base = w.kit.base().to_owned();
    let World { kit, .. } = w;
    let Kit { running, .. } = kit;
    running.stop().await;
    let (mut acknowledged, mut highest) = (0u64, 0);
    for round in 1..=ROUNDS {
        let mut victim = victim_of(folder.path(), port, round);
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let store = Store::new(&base, &path, &key);
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    for n in 0.. {
                        let name = format!("document:{round}-{writer}-{n}");
                        let halves = ["user:a", "user:b"].map(|user| tuple(&name, "viewer", user));
                        let Ok(answer) = store.request("write", &writes(&halves), None).send().await else {
                            return (done, name);
                        };
                        // Its head is the acknowledgement; the body may be cut off.
                        assert_eq!(answer.status(), 200);
                        let at = answer.headers()["chancery-version"].to_str().unwrap().parse::<u64>();
                        done.push((name, at.unwrap()));
                    }
                    unreachable!("the server is killed")
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(150 + u64::from(round) * 37)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
        let mut told = Vec::new();
        for writer in writers {
            told.push(writer.await.unwrap());
        }
        let mut again = victim_of(folder.path(), port, round + ROUNDS);
        let store = Store::new(&base, &path, &key);
        for (done, open) in &told {
            for (name, at) in done {
                assert!(
                    store.views("user:a", name).await && store.views("user:b", name).await,
                    "{name} is lost"
                );
                highest = highest.max(*at);
                acknowledged += 1;
            }
            let halves = [store.views("user:a", open).await, store.views("user:b", open).await];
            assert_eq!(halves[0], halves[1], "{open} is there by half");
        }
        let read = store.ask("read", json!({ "page_size": 1 })).await;
        assert!(version(&read) >= highest, "{} before {highest}", version(&read));
        again.kill().unwrap();
        again.wait().unwrap();
    }
    assert!(acknowledged > u64::from(ROUNDS), "{acknowledged}");
}
