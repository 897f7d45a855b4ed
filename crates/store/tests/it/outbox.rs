//! Reactions: queued with their write, lent to one node at a time, kept until they are done.

use std::collections::BTreeSet;

use chancery_kernel::{OrgId, Seconds};
use chancery_store::outbox::{Reaction, Share};
use chancery_store::{Db, Location, Who, outbox};

use crate::fixture::{Bench, START, note, on_both};

const ALL: Share = Share { most: 1_000, of_one_org: 1_000 };

on_both! {
    reactions_are_queued_with_their_write
    no_organization_takes_the_others_turn
    nodes_never_hold_the_same_reaction
}

async fn reactions_are_queued_with_their_write(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    db.write(org, Who::SYSTEM, |tx| {
        tx.outbox("mail", serde_json::json!({ "to": "alice" }));
        note(tx)
    })
    .await
    .unwrap();
    let due = db.read(|sql| outbox::due(sql, START, ALL)).await.unwrap();
    let [reaction] = due.as_slice() else { panic!("one reaction is due: {due:?}") };
    assert_eq!((reaction.topic.as_str(), reaction.payload.as_str()), ("mail", r#"{"to":"alice"}"#));
    let (mine, again) = (reaction.clone(), reaction.clone());
    let until = START.plus(Seconds(60));
    assert!(db.maintain(move |sql| outbox::take(sql, &mine, until)).await.unwrap());
    assert!(!db.maintain(move |sql| outbox::take(sql, &again, until)).await.unwrap(), "somebody was faster");
    let (stale, lent) = (reaction.clone(), Reaction { due: until, ..reaction.clone() });
    db.maintain(move |sql| outbox::later(sql, &stale, START, "too late")).await.unwrap();
    assert!(db.read(|sql| outbox::due(sql, START, ALL)).await.unwrap().is_empty(), "it is another's now");
    db.maintain(move |sql| outbox::later(sql, &lent, START, "no route")).await.unwrap();
    let due = db.read(|sql| outbox::due(sql, START, ALL)).await.unwrap();
    assert_eq!((due[0].tries, due[0].problem.as_deref()), (1, Some("no route")));
    let id = reaction.id;
    db.maintain(move |sql| outbox::done(sql, id)).await.unwrap();
    assert_eq!(db.read(outbox::waiting).await.unwrap(), 0);
}

async fn no_organization_takes_the_others_turn(bench: Bench) {
    let db = bench.open();
    let orgs: [OrgId; 2] = [db.env().id(), db.env().id()];
    for (org, rows) in orgs.into_iter().zip([50, 2]) {
        db.write(org, Who::SYSTEM, move |tx| {
            (0..rows).for_each(|n| tx.outbox("mail", serde_json::json!(n)));
            note(tx)
        })
        .await
        .unwrap();
    }
    let share = Share { most: 10, of_one_org: 8 };
    let due = db.read(move |sql| outbox::due(sql, START, share)).await.unwrap();
    let of = |org: OrgId| due.iter().filter(|reaction| reaction.org == org).count();
    assert_eq!((of(orgs[0]), of(orgs[1])), (8, 2));
}

/// Claims in small portions until nothing is left, until a moment of its own.
async fn claim_all(db: Db, until: Seconds) -> Vec<i64> {
    let mut held = Vec::new();
    loop {
        let claim = db.maintain(move |sql| {
            let due = outbox::due(sql, START, Share { most: 7, of_one_org: 7 })?;
            let some = !due.is_empty();
            Ok((some, outbox::claim(sql, due, START.plus(until))?))
        });
        // A server that finds two nodes at the same row may refuse one of them: it asks again.
        let Ok((some, mine)) = claim.await else { continue };
        if !some {
            return held;
        }
        held.extend(mine.iter().map(|reaction| reaction.id));
    }
}

async fn nodes_never_hold_the_same_reaction(bench: Bench) {
    let first = bench.open();
    // The embedded database has one node; there, its two claimants stand for two.
    let shared = matches!(bench.config.location, Location::Postgres(_));
    let second = if shared { bench.open() } else { first.clone() };
    let org: OrgId = first.env().id();
    first
        .write(org, Who::SYSTEM, |tx| {
            (0..200).for_each(|n| tx.outbox("mail", serde_json::json!(n)));
            note(tx)
        })
        .await
        .unwrap();
    let claims = [(first.clone(), 60), (second, 61)].map(|(db, s)| tokio::spawn(claim_all(db, Seconds(s))));
    let mut held = Vec::new();
    for claim in claims {
        held.extend(claim.await.unwrap());
    }
    assert_eq!((held.len(), held.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    // One of the two is killed: when its time is over, what it held is due for others.
    let due = first.read(|sql| outbox::due(sql, START.plus(Seconds(61)), ALL)).await.unwrap();
    assert_eq!(due.len(), 200);
}
