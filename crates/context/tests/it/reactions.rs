use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chancery_audit::{Event, Text};
use chancery_context::reactions::{LEASE, MOST_TRIES, React, Reacted, Reactions};
use chancery_kernel::env::ManualClock;
use chancery_kernel::{OrgId, Seconds};
use chancery_store::outbox::Share;
use chancery_store::{Db, log, outbox};
use tokio::sync::{Notify, mpsc};

use crate::world::{START, at_once, by, open, post, waiting};

struct Bench {
    db: Db,
    clock: Arc<ManualClock>,
    org: OrgId,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(START);
    let db = open(folder.path(), clock.clone(), 7);
    let org = db.env().id();
    Bench { db, clock, org, _folder: folder }
}

fn reactions(db: &Db, one: impl React + 'static) -> Reactions {
    Reactions::new(db.clone(), vec![Box::new(one)])
}

async fn given_up(db: &Db, org: OrgId) -> Option<Event> {
    let lines = db.read(move |sql| log::entries(sql, org, 1, 100)).await.unwrap();
    let events = lines.iter().filter_map(|line| line.decode().ok()?.event().cloned());
    events.into_iter().find(|event| matches!(event, Event::ReactionGivenUp { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_follows_its_write_and_is_forgotten() {
    let b = bench();
    let (told, mut heard) = mpsc::unbounded_channel();
    let reactions = reactions(
        &b.db,
        by(move |r| {
            told.send(r.payload).unwrap();
            at_once(Reacted::Done)
        }),
    );
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let run = tokio::spawn(async move { reactions.run(stopped.notified()).await });
    post(&b.db, b.org, 3).await;
    let mut all = [heard.recv().await.unwrap(), heard.recv().await.unwrap(), heard.recv().await.unwrap()];
    all.sort();
    assert_eq!(all, ["0", "1", "2"]);
    stop.notify_one();
    run.await.unwrap();
    assert_eq!(waiting(&b.db).await, 0, "what was under way was brought to its end and noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_after_ever_longer_pauses_and_given_up_in_the_log() {
    let b = bench();
    let reactions = reactions(&b.db, by(|_| at_once(Reacted::Later("no route".into()))));
    post(&b.db, b.org, 1).await;
    let mut pauses = Vec::new();
    for _ in 1..MOST_TRIES {
        assert_eq!(reactions.tick().await, 1);
        let now = b.db.env().now();
        let far = now.plus(Seconds::days(1));
        let one = Share { most: 1, of_one_org: 1 };
        let due = b.db.read(move |sql| outbox::due(sql, far, one)).await.unwrap();
        assert_eq!(due[0].problem.as_deref(), Some("no route"));
        let pause = due[0].due.since(now);
        assert_eq!(reactions.tick().await, 0, "not before its time");
        b.clock.advance(Seconds(pause.0 + 1));
        pauses.push(pause.0);
    }
    assert!(
        pauses[0] <= 2 && pauses[4] > 2 * pauses[2] - 2 && pauses.iter().all(|p| *p <= 3_600),
        "{pauses:?}"
    );
    assert!(pauses.iter().sum::<i64>() > 5 * 3_600, "{pauses:?}");
    assert_eq!(given_up(&b.db, b.org).await, None);
    assert_eq!(reactions.tick().await, 1);
    let (topic, reason) = (Text::new("test"), Text::new("no route"));
    let event = Event::ReactionGivenUp { topic, attempts: MOST_TRIES, reason };
    assert_eq!((given_up(&b.db, b.org).await, waiting(&b.db).await), (Some(event), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_never_succeed_is_given_up_at_once() {
    let b = bench();
    let reactions = reactions(&b.db, by(|_| at_once(Reacted::Never("gone".into()))));
    post(&b.db, b.org, 1).await;
    reactions.tick().await;
    assert!(given_up(&b.db, b.org).await.is_some());
    assert_eq!(waiting(&b.db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_panics_takes_nobody_with_it() {
    let b = bench();
    let done = Arc::new(AtomicUsize::new(0));
    let count = done.clone();
    let reactions = reactions(
        &b.db,
        by(move |r| {
            let count = count.clone();
            Box::pin(async move {
                assert!(r.payload != "1", "this one");
                count.fetch_add(1, Ordering::SeqCst);
                Reacted::Done
            })
        }),
    );
    post(&b.db, b.org, 3).await;
    assert_eq!(reactions.tick().await, 3);
    assert_eq!((done.load(Ordering::SeqCst), waiting(&b.db).await), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_whose_endpoints_hang_does_not_keep_the_others_waiting() {
    let b = bench();
    let other: OrgId = b.db.env().id();
    let (told, mut heard) = mpsc::unbounded_channel();
    let slow = b.org;
    let reactions = reactions(
        &b.db,
        by(move |r| {
            let told = told.clone();
            Box::pin(async move {
                if r.org == slow {
                    std::future::pending::<()>().await;
                }
                told.send(r.org).unwrap();
                Reacted::Done
            })
        }),
    );
    post(&b.db, slow, 500).await;
    post(&b.db, other, 1).await;
    let run = async { reactions.run(std::future::pending()).await };
    tokio::select! {
        () = run => unreachable!(),
        org = heard.recv() => assert_eq!(org, Some(other)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_held_is_taken_over_when_its_time_is_over_and_not_before() {
    let b = bench();
    let begun = Arc::new(Notify::new());
    let (rung, seen) = (begun.clone(), Arc::new(Mutex::new(0)));
    let dying = reactions(
        &b.db,
        by(move |_| {
            rung.notify_one();
            Box::pin(std::future::pending())
        }),
    );
    post(&b.db, b.org, 1).await;
    tokio::select! {
        () = dying.run(std::future::pending()) => {}
        () = begun.notified() => {}
    }
    drop(dying);
    let count = seen.clone();
    let heir = reactions(
        &b.db,
        by(move |_| {
            *count.lock().unwrap() += 1;
            at_once(Reacted::Done)
        }),
    );
    b.clock.advance(Seconds(LEASE.0 - 1));
    assert_eq!(heir.tick().await, 0);
    b.clock.advance(Seconds(1));
    assert_eq!(heir.tick().await, 1);
    assert_eq!((waiting(&b.db).await, *seen.lock().unwrap()), (0, 1));
}

/// The clock stands still, so that what is lent at one time is lent until the same time: with the number of the whole, a
/// part would be taken for it when that is noted as done.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_lives_on_when_the_whole_is_noted_as_done_and_the_node_dies() {
    let b = bench();
    let (begun, noted) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, began, ends) = (b.db.clone(), begun.clone(), noted.clone());
    let dying = reactions(
        &b.db,
        by(move |r| {
            let (db, began, ends) = (db.clone(), began.clone(), ends.clone());
            Box::pin(async move {
                if r.payload == "\"part\"" {
                    began.notify_one();
                    std::future::pending::<()>().await;
                }
                let now = db.env().now();
                let parts = [("test", "\"part\"".to_owned())];
                assert!(db.maintain(move |sql| outbox::split(sql, &r, &parts, now)).await.unwrap());
                began.notified().await;
                ends.notify_one();
                Reacted::Done
            })
        }),
    );
    post(&b.db, b.org, 1).await;
    let run = async { dying.run(std::future::pending()).await };
    let died = async {
        noted.notified().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    tokio::select! {
        () = run => unreachable!(),
        () = died => {}
    }
    assert_eq!(waiting(&b.db).await, 1, "the part is still to be done");
}
