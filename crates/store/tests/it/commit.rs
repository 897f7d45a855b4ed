//! Writes that share a commit behave as if each were alone.

use std::collections::BTreeSet;
use std::time::Duration;

use chancery_kernel::{AgentId, Fault, Kind, OrgId, Seconds, UserId};
use chancery_model::{Agent, MarkKey};
use chancery_store::{Config, Db, DbFault, Location, Who, outbox};
use tokio::sync::oneshot;

use crate::fixture::{Bench, START, agent, append, event, note, on_both, register, verified};

on_both! {
    a_failed_closure_takes_nothing_with_it
    positions_are_dense_under_many_writers
    reopening_goes_on_where_the_log_ended
    every_closure_sees_hot_facts_as_the_database_has_them
    a_panicking_closure_fails_alone
    a_closure_whose_statement_failed_cannot_succeed
    hot_facts_and_news_come_before_the_answer
    logs_are_separate
    the_clock_of_a_log_never_goes_back
    housekeeping_that_fails_leaves_nothing
    a_write_goes_through_though_its_caller_left
    a_caller_writes_for_itself_only_while_it_is_alone
}

async fn a_failed_closure_takes_nothing_with_it(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let writes = (0..40).map(|n| {
        let db = db.clone();
        tokio::spawn(async move {
            db.write(org, Who::SYSTEM, move |tx| {
                let id: AgentId = tx.id();
                tx.outbox("test", serde_json::json!({ "n": n }));
                // Every third fails after it wrote rows, recorded, and queued changes.
                if n % 3 == 0 {
                    let recorded = tx.record(event(tx.id()));
                    tx.insert(agent(tx.org(), id, &format!("failed-{n}")))?;
                    let _ = recorded;
                    return Err(Fault::conflict("on_purpose", "fails on purpose"));
                }
                if n % 3 == 1 {
                    tx.insert(agent(tx.org(), id, &format!("good-{n}")))?;
                }
                note(tx)
            })
            .await
        })
    });
    let (mut kept, mut failed) = (0, 0);
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            Ok(_) => kept += 1,
            Err(fault) => {
                assert_eq!(fault.code, "on_purpose", "{fault:?}");
                failed += 1;
            }
        }
    }
    assert_eq!((kept, failed), (26, 14));
    assert_eq!(verified(&db, org).await.len(), 26);
    assert_eq!(db.hot().agents.of(org).filter(|a| a.name.starts_with("good-")).count(), 13);
    assert_eq!(db.hot().agents.len(), 13);
    assert_eq!(db.read(outbox::waiting).await.unwrap(), 26);
}

async fn positions_are_dense_under_many_writers(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let writers = (0..64).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..10 {
                mine.push(append(&db, org).await.unwrap());
            }
            assert!(mine.is_sorted(), "one caller's writes stand in its order");
            mine
        })
    });
    let mut seen = BTreeSet::new();
    for writer in writers.collect::<Vec<_>>() {
        seen.extend(writer.await.unwrap());
    }
    assert!(seen.iter().copied().eq(1..=640));
    assert_eq!(verified(&db, org).await.len(), 640);
}

async fn reopening_goes_on_where_the_log_ended(bench: Bench) {
    let org: OrgId = bench.env().id();
    for round in 0..3 {
        let db = bench.open();
        assert_eq!(db.hot().agents.of(org).count(), round);
        for n in 1..=5 {
            assert_eq!(append(&db, org).await.unwrap(), round as i64 * 6 + n);
        }
        register(&db, org, &format!("agent-{round}")).await.unwrap();
        assert_eq!(verified(&db, org).await.len(), (round + 1) * 6);
    }
}

async fn every_closure_sees_hot_facts_as_the_database_has_them(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    // Each raises the version it finds in memory; a stale one would be refused.
    let id = register(&db, org, "counter").await.unwrap();
    let raises = (0..30).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            db.write(org, Who::SYSTEM, move |tx| {
                let agent = tx.get::<Agent>(id)?;
                tx.update((*agent).clone())?;
                note(tx)
            })
            .await
        })
    });
    for raise in raises.collect::<Vec<_>>() {
        raise.await.unwrap().unwrap();
    }
    assert_eq!(db.hot().agents.find(org, id).unwrap().meta.version, 31);
}

async fn a_panicking_closure_fails_alone(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let panics = db.write(org, Who::SYSTEM, move |tx| {
        tx.insert(agent(tx.org(), tx.id(), "half"))?;
        let _recorded = tx.record(event(tx.id()));
        if tx.org() == org {
            panic!("on purpose");
        }
        note(tx)
    });
    let (first, second, third) = tokio::join!(append(&db, org), panics, append(&db, org));
    assert!(first.is_ok() && third.is_ok());
    assert_eq!(second.unwrap_err().kind, Kind::Internal);
    let read = db.read::<()>(|_| panic!("on purpose")).await;
    assert!(matches!(read, Err(DbFault::Internal(_))));
    assert_eq!(verified(&db, org).await.len(), 2);
    assert!(db.hot().agents.is_empty());
}

async fn a_closure_whose_statement_failed_cannot_succeed(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    register(&db, org, "taken").await.unwrap();
    let stubborn = db.write(org, Who::SYSTEM, |tx| {
        let again = tx.insert(agent(tx.org(), tx.id(), "taken"));
        assert_eq!(again.unwrap_err().kind, Kind::Conflict);
        note(tx)
    });
    let (stubborn, other) = tokio::join!(stubborn, append(&db, org));
    assert_eq!(stubborn.unwrap_err().kind, Kind::Conflict);
    assert_eq!(other.unwrap(), 2);
}

async fn hot_facts_and_news_come_before_the_answer(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let mut news = db.subscribe();
    let id = register(&db, org, "seen").await.unwrap();
    assert!(db.hot().agents.find(org, id).is_some());
    let first = news.try_recv().unwrap();
    assert_eq!((first.org, first.size, first.marks.len()), (org, 1, 0));
    db.write(org, Who::SYSTEM, move |tx| {
        let recorded = tx.record(event(tx.id()));
        tx.mark(MarkKey::Agent(id), recorded.pos)?;
        Ok::<_, DbFault>(recorded.with(()))
    })
    .await
    .unwrap();
    let second = news.try_recv().unwrap();
    assert_eq!((second.size, second.marks[0].pos, &second.marks[0].key), (2, 2, &id.to_string()));
    assert!(db.hot().killed_by(&[MarkKey::Agent(id)], 1).is_some());
}

async fn logs_are_separate(bench: Bench) {
    let db = bench.open();
    let orgs: Vec<OrgId> = (0..20).map(|_| db.env().id()).collect();
    let writes = (0..200).map(|n| {
        let (db, org) = (db.clone(), orgs[n % 20]);
        tokio::spawn(async move { append(&db, org).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    for org in orgs {
        assert_eq!(verified(&db, org).await.len(), 10);
    }
}

async fn the_clock_of_a_log_never_goes_back(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let now = async || {
        let write = db.write(org, Who::SYSTEM, |tx| Ok(tx.record(event(tx.id())).with(tx.now())));
        write.await.map_err(|fault: DbFault| fault.to_string())
    };
    bench.clock.advance(Seconds(100));
    let late = now().await.unwrap();
    bench.clock.advance(Seconds(-5));
    assert_eq!(now().await.unwrap(), late, "a clock set back a little stands still");
    bench.clock.advance(Seconds(-90));
    assert_eq!(now().await.unwrap(), START.plus(Seconds(5)), "one set back further is believed");
    let times: Vec<_> = verified(&db, org).await.iter().map(|line| line.at).collect();
    assert_eq!(times, [late; 3], "entries keep their order");
}

async fn housekeeping_that_fails_leaves_nothing(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    db.write(org, Who::SYSTEM, |tx| {
        tx.outbox("mail", serde_json::Value::Null);
        note(tx)
    })
    .await
    .unwrap();
    let all = outbox::Share { most: 1, of_one_org: 1 };
    let lent = db.read(move |sql| outbox::due(sql, START, all)).await.unwrap().remove(0);
    let failed = db.maintain(move |sql| {
        outbox::done(sql, &lent)?;
        sql.run("insert into nothing_there values ($1)", &[1i64.into()])
    });
    assert!(matches!(failed.await, Err(DbFault::Statement { .. })));
    assert_eq!(db.read(outbox::waiting).await.unwrap(), 1);
    let written = db.read(|sql| sql.run("delete from outbox", &[])).await;
    assert!(written.is_err(), "reading cannot write");
    assert_eq!(append(&db, org).await.unwrap(), 2);
}

async fn a_write_goes_through_though_its_caller_left(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let user: UserId = db.env().id();
    let (entered, has_entered) = tokio::sync::oneshot::channel();
    let write = db.write(org, Who::SYSTEM, move |tx| {
        entered.send(()).unwrap();
        Ok::<_, DbFault>(tx.record(event(user)).with(()))
    });
    tokio::select! {
        biased;
        _ = has_entered => {}
        _ = write => {}
    }
    assert_eq!(append(&db, org).await.unwrap(), 2);
    assert_eq!(verified(&db, org).await.len(), 2);
}

/// Two threads need not be woken for somebody who is alone. Never so on PostgreSQL, whose driver blocks.
async fn a_caller_writes_for_itself_only_while_it_is_alone(bench: Bench) {
    let embedded = matches!(bench.config.location, Location::Sqlite(_));
    let config = Config { quick: Duration::from_secs(60), ..bench.config.clone() };
    let db = Db::open(&config, bench.env()).unwrap();
    let org: OrgId = db.env().id();
    let mut on_the_lane = 0;
    for _ in 0..100 {
        on_the_lane += i32::from(written_on_the_lane(db.clone(), org).await);
    }
    // The helpers' own jobs may come between.
    assert!(if embedded { on_the_lane < 60 } else { on_the_lane == 100 }, "{on_the_lane}");

    let (begun, began) = oneshot::channel();
    let slow = tokio::spawn(slow(db.clone(), org, begun));
    began.await.unwrap();
    let crowd: Vec<_> = (0..64).map(|_| tokio::spawn(written_on_the_lane(db.clone(), org))).collect();
    for write in crowd {
        assert!(write.await.unwrap());
    }
    slow.await.unwrap().unwrap();
    // From now on they are gathered.
    assert!(written_on_the_lane(db.clone(), org).await);
    assert_eq!(verified(&db, org).await.len(), 100 + 1 + 64 + 1);
}

async fn written_on_the_lane(db: Db, org: OrgId) -> bool {
    let write = db.write(org, Who::SYSTEM, |tx| {
        let recorded = tx.record(event(tx.id()));
        let on_the_lane = std::thread::current().name() == Some("chancery-lane");
        Ok::<_, Fault>(recorded.with(on_the_lane))
    });
    write.await.unwrap()
}

async fn slow(db: Db, org: OrgId, begun: oneshot::Sender<()>) -> Result<i64, Fault> {
    let write = db.write(org, Who::SYSTEM, |tx| {
        begun.send(()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        note(tx)
    });
    write.await
}
