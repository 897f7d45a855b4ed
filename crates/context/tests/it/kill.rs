//! The process is killed while it delivers: nothing is lost, and nothing is delivered that was not asked for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chancery_context::reactions::{LEASE, Reacted, Reactions};
use chancery_kernel::env::ManualClock;
use chancery_kernel::{OrgId, Seconds};
use chancery_outbound::{Outbound, Request, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::{START, at_once, by, open, post, waiting};

const ROUNDS: u32 = 12;
const ROWS: usize = 400;
const PLACE: &str = "CHANCERY_KILL_PLACE";
const ENDPOINT: &str = "CHANCERY_KILL_ENDPOINT";
const ROUND: &str = "CHANCERY_KILL_ROUND";

fn fetcher() -> Outbound {
    let here = vec!["127.0.0.0/8".parse().unwrap()];
    Outbound::new(Settings { allow: here.clone(), plain: here, ..Settings::default() }).unwrap()
}

/// The victim: delivers until it is killed. What an earlier one held is due again when its own clock begins.
#[test]
#[ignore = "run by the test below, as a process of its own"]
fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let told = |name: &str| std::env::var(name).ok();
    let (Some(place), Some(endpoint), Some(round)) = (told(PLACE), told(ENDPOINT), told(ROUND)) else {
        return;
    };
    let round: u64 = round.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async move {
        let clock = ManualClock::at(START.plus(Seconds(LEASE.0 * 2 * i64::try_from(round).unwrap())));
        let db = open(place.as_ref(), clock, round);
        let outbound = fetcher();
        let deliver = by(move |reaction| {
            let (outbound, endpoint) = (outbound.clone(), endpoint.clone());
            Box::pin(async move {
                let request = Request::post(endpoint).body("text/plain", format!("<{}>", reaction.payload));
                match outbound.send(request).await {
                    Ok(answer) if answer.is_success() => Reacted::Done,
                    Ok(answer) => Reacted::Later(answer.status.to_string()),
                    Err(fault) => Reacted::Later(fault.to_string()),
                }
            })
        });
        println!("\nready");
        Reactions::new(db, vec![Box::new(deliver)]).run(std::future::pending()).await;
    });
}

/// Counts what arrives, whole requests alone, and answers after a moment.
async fn endpoint(seen: Arc<Mutex<BTreeMap<String, usize>>>) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let seen = seen.clone();
            tokio::spawn(async move {
                let (mut read, mut buffer) = (Vec::new(), [0; 4_096]);
                while !read.ends_with(b">") {
                    match stream.read(&mut buffer).await {
                        Ok(n) if n > 0 => read.extend_from_slice(&buffer[..n]),
                        _ => return,
                    }
                }
                let text = String::from_utf8_lossy(&read).into_owned();
                let payload = text.rsplit_once('<').unwrap().1.trim_end_matches('>').to_owned();
                *seen.lock().unwrap().entry(payload).or_default() += 1;
                drop(stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await);
            });
        }
    });
    url
}

#[test]
fn a_kill_during_delivery_loses_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    let url = runtime.block_on(endpoint(seen.clone()));
    let org: OrgId = runtime.block_on(async {
        let db = open(folder.path(), ManualClock::at(START), 99);
        let org = db.env().id();
        post(&db, org, ROWS).await;
        org
    });
    let victim = |round: u32| {
        Command::new(std::env::current_exe().unwrap())
            .args(["kill::victim", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, folder.path())
            .env(ENDPOINT, &url)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for round in 1..=ROUNDS {
        let mut running = victim(round);
        let said = BufReader::new(running.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.into_iter().any(|line| line == "ready"), "the victim did not start");
        std::thread::sleep(Duration::from_micros(u64::from(round) * 7_919 % 60_000));
        running.kill().unwrap();
        running.wait().unwrap();
    }
    // The last one is left alone until everything is done.
    let mut running = victim(ROUNDS + 1);
    while seen.lock().unwrap().len() < ROWS {
        assert!(running.try_wait().unwrap().is_none(), "the last one ended early");
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let seen = seen.lock().unwrap();
    let expected: Vec<String> = (0..ROWS).map(|n| n.to_string()).collect();
    assert!(expected.iter().all(|payload| seen.contains_key(payload)));
    // At least once; again only what a killed one held at that moment.
    let again = seen.values().sum::<usize>() - ROWS;
    assert!(again <= (ROUNDS as usize + 1) * 16, "{again} were delivered again");
    // What was delivered and not noted is due once more, and then the outbox is empty.
    let late = START.plus(Seconds(LEASE.0 * 2 * i64::from(ROUNDS + 2)));
    let (noted, left) = runtime.block_on(async {
        let db = open(folder.path(), ManualClock::at(late), 98);
        let heir = Reactions::new(db.clone(), vec![Box::new(by(|_| at_once(Reacted::Done)))]);
        let mut noted = 0;
        while let many @ 1.. = heir.tick().await {
            noted += many;
        }
        (noted, waiting(&db).await)
    });
    assert_eq!(left, 0, "rows of {org} are lost");
    assert!(noted <= (ROUNDS as usize + 1) * 16, "{noted} were delivered and not noted");
}
