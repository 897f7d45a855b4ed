//! The process is killed while it writes: what it acknowledged is there, and the log verifies.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use chancery_audit::Event;
use chancery_kernel::{Env, Fault, Id, OrgId, UserId};
use chancery_store::{Config, Db, Location, Who};

use crate::fixture::{Bench, agent, event, run, verified};

const ROUNDS: u32 = 24;
const FOLDER: &str = "CHANCERY_KILL_FOLDER";

fn org() -> OrgId {
    OrgId::from_uuid(Default::default())
}

/// The victim: writes until it is killed, and says on standard output what was acknowledged.
#[test]
#[ignore = "run by the test below, as a process of its own"]
fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let round = std::process::id();
    run(async move {
        let clock = chancery_kernel::env::ManualClock::at(crate::fixture::START);
        let env = Env::new(clock, chancery_kernel::env::SeededEntropy::new(round.into()));
        let db = Db::open(&Config::new(Location::Sqlite(folder.into())), env).unwrap();
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
fn what_was_acknowledged_survives_a_kill() {
    let bench = Bench::sqlite();
    let Location::Sqlite(file) = &bench.config.location else { return };
    let mut acknowledged: Vec<(i64, UserId)> = Vec::new();
    for round in 0..ROUNDS {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["kill::victim", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, file)
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
        run(check(&bench, &acknowledged));
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
