//! Approvals: changed by compare-and-set, found by whoever asks, live ones in memory, and a bell for those who wait.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chancery_kernel::{AgentId, ApprovalId, Fault, Kind, OrgId, ScopeSet, Seconds, UserId};
use chancery_model::{Approval, ApproverRule, Meta, State};
use chancery_store::tables::approvals::{self, Wanted};
use chancery_store::{Db, Tx, Who};

use crate::cluster::Cluster;
use crate::fixture::{Bench, START, event, on_both, run};

on_both! {
    a_change_wins_once
    questions_are_found_by_ticket_person_agent_and_state
    only_live_ones_stand_in_memory_also_after_a_restart
    whoever_waits_is_woken_by_the_commit
    an_inbox_hears_of_its_own_questions_and_of_no_others
    questions_of_one_commit_count_each_other
    many_at_once_share_commits_and_none_is_lost
}

fn asked(db: &Db, org: OrgId, user: UserId, agent: AgentId, hash: [u8; 32]) -> Approval {
    Approval {
        id: db.env().id(),
        org,
        state: State::Pending,
        ticket: approvals::ticket(&hash),
        user,
        client: db.env().id(),
        agent: Some(agent),
        run: None,
        application: None,
        resource: None,
        secret: None,
        scopes: ScopeSet::empty(),
        identity: ScopeSet::empty(),
        details: Vec::new(),
        sentences: Vec::new(),
        seen: String::new(),
        needs: vec![ApproverRule::Person.into()],
        weights: Vec::new(),
        number: None,
        misses: 0,
        escalated: false,
        reported: false,
        answers: Vec::new(),
        grant: db.env().id(),
        lifetime: None,
        grants_for: None,
        access: None,
        interval: Seconds(5),
        lapses: START.plus(Seconds(300)),
        needs_factor: false,
        notify: None,
        closed: None,
        meta: Meta::new(START),
    }
}

async fn put(db: &Db, user: UserId, agent: AgentId, org: OrgId) -> ([u8; 32], ApprovalId) {
    let hash = db.env().bytes();
    let approval = asked(db, org, user, agent, hash);
    let id = approval.id;
    db.write(org, Who::SYSTEM, move |tx| {
        tx.ask(approval, &hash)?;
        Ok::<_, Fault>(tx.record(event(user)).with(()))
    })
    .await
    .unwrap();
    (hash, id)
}

/// What a write sees.
async fn seen<T: Send + 'static>(db: &Db, org: OrgId, look: impl FnOnce(&Tx<'_>) -> T + Send + 'static) -> T {
    db.write(org, Who::SYSTEM, move |tx| {
        let saw = look(tx);
        Ok::<_, Fault>(tx.record(event(tx.id())).with(saw))
    })
    .await
    .unwrap()
}

/// Moves it on from the version that the caller read.
async fn becomes(db: &Db, org: OrgId, read: Approval, state: State) -> Result<(), Fault> {
    db.write(org, Who::SYSTEM, move |tx| {
        tx.replace_approval(Approval { state, ..read })?;
        Ok::<_, Fault>(tx.record(event(tx.id())).with(()))
    })
    .await
}

async fn read(db: &Db, org: OrgId, id: ApprovalId) -> Approval {
    db.read(move |sql| approvals::find(sql, org, id)).await.unwrap().unwrap()
}

async fn a_change_wins_once(bench: Bench) {
    let db = bench.open();
    let (org, user, agent) = (db.env().id(), db.env().id(), db.env().id());
    let (_, id) = put(&db, user, agent, org).await;
    let before = read(&db, org, id).await;
    let both = [State::Approved, State::Denied].map(|state| {
        let (db, before) = (db.clone(), before.clone());
        tokio::spawn(async move { becomes(&db, org, before, state).await })
    });
    let mut won = 0;
    for one in both {
        match one.await.unwrap() {
            Ok(()) => won += 1,
            Err(fault) => assert_eq!(fault.kind, Kind::Stale),
        }
    }
    assert_eq!(won, 1);
    let after = read(&db, org, id).await;
    assert_eq!(after.meta.version, 2);
    let elsewhere: OrgId = db.env().id();
    assert!(db.read(move |sql| approvals::find(sql, elsewhere, id)).await.unwrap().is_none(), "the wall");
    assert_eq!(becomes(&db, elsewhere, after, State::Denied).await.unwrap_err().kind, Kind::Stale);
}

async fn questions_are_found_by_ticket_person_agent_and_state(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    let people: [UserId; 2] = [db.env().id(), db.env().id()];
    let agents: [AgentId; 2] = [db.env().id(), db.env().id()];
    let (hash, first) = put(&db, people[0], agents[0], org).await;
    bench.clock.advance(Seconds(1));
    let (_, second) = put(&db, people[0], agents[1], org).await;
    bench.clock.advance(Seconds(1));
    let (_, third) = put(&db, people[1], agents[0], org).await;
    let denied = read(&db, org, first).await;
    becomes(&db, org, denied, State::Denied).await.unwrap();
    let (user, agent) = (people[1], agents[0]);
    let found = db
        .read(move |sql| {
            let ids = |all: Vec<Approval>| all.into_iter().map(|a| a.id).collect::<Vec<_>>();
            let page =
                |sql: &mut _, wanted| approvals::page(sql, org, &Wanted { most: 10, ..wanted }).map(ids);
            Ok((
                approvals::by_hash(sql, &hash)?.map(|a| a.id),
                page(sql, Wanted::default())?,
                page(sql, Wanted { state: Some(State::Denied), ..Wanted::default() })?,
                page(sql, Wanted { before: Some(third), agent: Some(agent), ..Wanted::default() })?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(found.0, Some(first));
    assert_eq!((found.1, found.2, found.3), (vec![third, second, first], vec![first], vec![first]));
    let live = seen(&db, org, move |tx| {
        let ids = |all: Vec<Arc<Approval>>| all.iter().map(|a| a.id).collect::<Vec<_>>();
        (ids(tx.live_of_agent(agent)), ids(tx.live_of_user(user)))
    });
    assert_eq!(live.await, (vec![third], vec![third]), "what is over is not live");
    let overdue = |at| db.hot().approvals.overdue(at).map(|a| a.id).collect::<Vec<_>>();
    assert_eq!(overdue(START.plus(Seconds(299))), vec![]);
    assert_eq!(overdue(START.plus(Seconds(300))), vec![second, third], "two wait, and lapse together");
    let (mine, theirs) = (people[0], agents[0]);
    let counted = db
        .read(move |sql| {
            let denied = approvals::denied_since(sql, org, mine, Some(theirs), START)?.len();
            let later = approvals::denied_since(sql, org, mine, Some(theirs), START.plus(Seconds(1)))?.len();
            Ok((denied, later))
        })
        .await
        .unwrap();
    assert_eq!(counted, (1, 0), "one was denied, and asked at the start");
    let waiting = seen(&db, org, move |tx| tx.waiting(mine, Some(theirs)));
    assert_eq!(waiting.await, (0, 1), "one of another agent waits");
    bench.clock.advance(Seconds(300));
    let waiting = seen(&db, org, move |tx| tx.waiting(mine, Some(theirs)));
    assert_eq!(waiting.await, (0, 0), "what has lapsed does not wait");
    let past = db.read(move |sql| approvals::history(sql, org, mine, 10)).await.unwrap();
    assert_eq!(past.iter().map(|a| a.id).collect::<Vec<_>>(), [first], "what waits is no past");
    db.write(org, Who::SYSTEM, move |tx| {
        tx.note_answer(first, user)?;
        tx.note_answer(first, user)?;
        Ok::<_, Fault>(tx.record(event(user)).with(()))
    })
    .await
    .unwrap();
    let theirs = db.read(move |sql| approvals::history(sql, org, user, 10)).await.unwrap();
    assert_eq!(theirs.len(), 1, "who answered has it in their past");
}

async fn only_live_ones_stand_in_memory_also_after_a_restart(bench: Bench) {
    let (org, live, over) = {
        let db = bench.open();
        let (org, user, agent) = (db.env().id(), db.env().id(), db.env().id());
        let (live, _) = put(&db, user, agent, org).await;
        let (over, id) = put(&db, user, agent, org).await;
        let before = read(&db, org, id).await;
        assert_eq!(db.hot().approvals.perhaps_for(org, user).count(), 2);
        becomes(&db, org, before, State::Canceled).await.unwrap();
        assert_eq!(db.hot().approvals.perhaps_for(org, user).count(), 1);
        (org, live, over)
    };
    let db = bench.open();
    let hot = db.hot();
    assert_eq!(hot.approvals.len(), 1);
    let found = hot.approvals.by_ticket(&approvals::ticket(&live)).unwrap();
    assert_eq!((found.org, found.state), (org, State::Pending));
    assert!(hot.approvals.by_ticket(&approvals::ticket(&over)).is_none());
    let stranger: OrgId = db.env().id();
    assert!(hot.approvals.find(stranger, found.id).is_none());
}

async fn whoever_waits_is_woken_by_the_commit(bench: Bench) {
    let db = bench.open();
    let (org, user, agent) = (db.env().id(), db.env().id(), db.env().id());
    let (hash, id) = put(&db, user, agent, org).await;
    let place = db.wait_for(id);
    let mut bell = pin!(place.bell());
    bell.as_mut().enable();
    let before = read(&db, org, id).await;
    becomes(&db, org, before, State::Approved).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), bell).await.expect("nobody rang");
    let now = db.hot().approvals.by_ticket(&approvals::ticket(&hash)).map(|a| a.state);
    assert_eq!(now, Some(State::Approved), "the facts were there before the bell");
}

async fn questions_of_one_commit_count_each_other(bench: Bench) {
    let db = bench.open();
    let (org, user, agent) = (db.env().id(), db.env().id(), db.env().id());
    let mut asks = Vec::new();
    for n in 0..100 {
        let (db, hash) = (db.clone(), db.env().bytes());
        asks.push(tokio::spawn(async move {
            let approval = asked(&db, org, user, agent, hash);
            let counted = db.write(org, Who::SYSTEM, move |tx| {
                let before = tx.waiting(user, Some(agent)).0;
                let mut put = tx.ask(approval, &hash)?;
                if n % 2 == 0 {
                    put = tx.replace_approval(Approval { state: State::Denied, ..Approval::clone(&put) })?;
                }
                let after = tx.waiting(user, Some(agent)).0;
                Ok::<_, Fault>(tx.record(event(user)).with((put.state, before, after)))
            });
            counted.await.unwrap()
        }));
    }
    let mut before = Vec::new();
    for ask in asks {
        let (state, was, is) = ask.await.unwrap();
        assert_eq!(is - was, i64::from(state == State::Pending), "a write sees what it wrote itself");
        before.extend((state == State::Pending).then_some(was));
    }
    before.sort_unstable();
    assert_eq!(before, (0..50).collect::<Vec<_>>(), "each counted all that were asked before it");
}

async fn many_at_once_share_commits_and_none_is_lost(bench: Bench) {
    let db = bench.open();
    let (org, user, agent) = (db.env().id(), db.env().id(), db.env().id());
    let mut asks = Vec::new();
    for _ in 0..200 {
        let db = db.clone();
        asks.push(tokio::spawn(async move { put(&db, user, agent, org).await.1 }));
    }
    let mut ids = Vec::new();
    for ask in asks {
        ids.push(ask.await.unwrap());
    }
    assert_eq!(db.hot().approvals.perhaps_for(org, user).count(), 200);
    // The end of the agent, in the same breath as one more question.
    let (last, end) = tokio::join!(
        put(&db, user, agent, org),
        db.write(org, Who::SYSTEM, move |tx| {
            tx.cancel_approvals_of_agent(agent, "contained")?;
            Ok::<_, Fault>(tx.record(event(user)).with(()))
        })
    );
    end.unwrap();
    let left = seen(&db, org, move |tx| tx.live_of_agent(agent)).await;
    assert!(left.iter().all(|a| a.id == last.1) && left.len() <= 1, "{}", left.len());
    assert_eq!(db.hot().approvals.len(), left.len(), "memory says what the database says");
}

#[test]
fn an_answer_on_one_node_wakes_who_waits_on_another() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let (org, user, agent) = (here.env().id(), here.env().id(), here.env().id());
        let (hash, id) = put(&here, user, agent, org).await;
        let place = there.wait_for(id);
        let mut bell = pin!(place.bell());
        bell.as_mut().enable();
        let before = read(&here, org, id).await;
        becomes(&here, org, before, State::Approved).await.unwrap();
        let approved = || {
            let hot = there.hot();
            hot.approvals.by_ticket(&approvals::ticket(&hash)).map(|a| a.state) == Some(State::Approved)
        };
        // The question itself may ring first; the answer rings again.
        while !approved() {
            tokio::time::timeout(Duration::from_secs(10), bell.as_mut()).await.expect("nobody rang");
            bell.set(place.bell());
            bell.as_mut().enable();
        }
    });
}

async fn an_inbox_hears_of_its_own_questions_and_of_no_others(bench: Bench) {
    let db = bench.open();
    let (org, ada, bob, agent) = (db.env().id(), db.env().id(), db.env().id(), db.env().id());
    let elsewhere: OrgId = db.env().id();
    let mut watched = [db.watch_inbox(org, ada), db.watch_inbox(org, bob), db.watch_inbox(elsewhere, ada)];
    let mut heard = async || {
        let mut all = [false; 3];
        for (one, heard) in watched.iter_mut().zip(&mut all) {
            *heard = futures_util::FutureExt::now_or_never(one.changed()).is_some();
        }
        all
    };
    let (_, id) = put(&db, ada, agent, org).await;
    assert_eq!(heard().await, [true, false, false], "asked");
    assert_eq!(heard().await, [false; 3], "told once");
    becomes(&db, org, read(&db, org, id).await, State::Denied).await.unwrap();
    assert_eq!(heard().await, [true, false, false], "answered");
    // Others may answer this one, and who they are is for the rule to say.
    let hash = db.env().bytes();
    let shared = Approval { needs: vec![ApproverRule::Manager.into()], ..asked(&db, org, ada, agent, hash) };
    db.write(org, Who::SYSTEM, move |tx| {
        tx.ask(shared, &hash)?;
        Ok::<_, Fault>(tx.record(event(tx.id())).with(()))
    })
    .await
    .unwrap();
    assert_eq!(heard().await, [true, true, false], "a question that others answer too");
}
