//! Access requests: whose yes makes a permission for a while.

use chancery_kernel::Seconds;
use serde_json::json;

use super::{Ballot, engines};
use crate::approvals::permissions::Office;

/// Permissions in force, as the API lists them.
async fn in_force(o: &mut Office) -> usize {
    o.d.w.read("/api/v1/grants?origin=approval&in_force=true").await["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_answers_one_counts_and_makes_one_permission_or_none() {
    for (engine, w) in engines().await {
        let mut o = Office::open_on(w).await;
        let asked = o.asks(json!({})).await;
        let id = asked["id"].as_str().unwrap();
        let ballot = Ballot::on(&o.d.w, &mut o.d.browser, id).await;
        assert_eq!(ballot.a_hundred().await, 1, "{engine}: one answer counts");
        let state = o.d.w.read(&format!("/api/v1/approvals/{id}")).await["state"].clone();
        let given = usize::from(state == "redeemed");
        assert!(given == 1 || state == "denied", "{engine}: {state}");
        assert_eq!(in_force(&mut o).await, given, "{engine}");
        assert_eq!(o.attempt().await.status == 200, given == 1, "{engine}: never after a no");
        assert_eq!(o.d.w.events("grant_given").await.len(), given, "{engine}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_while_the_agent_is_contained_leaves_no_permission() {
    for (engine, w) in engines().await {
        let mut o = Office::open_on(w).await;
        for round in 0..4 {
            let asked = o.asks(json!({"purpose": format!("round {round}")})).await;
            let ballot = Ballot::on(&o.d.w, &mut o.d.browser, asked["id"].as_str().unwrap()).await;
            let api = o.d.w.api().await;
            let path = format!("/api/v1/agents/{}/contain", o.d.agent.id);
            let contain =
                tokio::spawn(async move { api.post(&path, json!({"reason": "a race"})).await.unwrap() });
            let answers = [ballot.cast("approve"), ballot.cast("approve")];
            for answer in answers {
                answer.await.unwrap();
            }
            assert_eq!(contain.await.unwrap().status, 200);
            assert_eq!(in_force(&mut o).await, 0, "{engine}, round {round}");
            let body = json!({"reason": "next round"});
            o.d.w.make(&format!("/api/v1/agents/{}/release", o.d.agent.id), body).await;
            assert_eq!(
                o.attempt().await.body["reason"],
                "approval_required",
                "{engine}: a release brings nothing back"
            );
            o.again().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_while_the_time_runs_out_counts_before_it_and_not_after() {
    for (engine, w) in engines().await {
        let mut o = Office::open_on(w).await;
        for round in 0..4 {
            let asked = o.asks(json!({"purpose": format!("round {round}"), "seconds": 60})).await;
            let id = asked["id"].as_str().unwrap();
            let ballot = Ballot::on(&o.d.w, &mut o.d.browser, id).await;
            o.d.w.advance(899);
            let clock = o.d.w.kit.clock.clone();
            let tick = tokio::spawn(async move { clock.advance(Seconds(1)) });
            let answer = ballot.cast("approve").await.unwrap();
            tick.await.unwrap();
            let state = o.d.w.read(&format!("/api/v1/approvals/{id}")).await["state"].clone();
            match answer {
                303 => assert_eq!(state, "redeemed", "{engine}, round {round}"),
                409 => assert_eq!(state, "expired", "{engine}, round {round}"),
                other => panic!("{engine}: {other}"),
            }
            assert_eq!(in_force(&mut o).await, usize::from(answer == 303), "{engine}, round {round}");
            o.d.w.advance(60);
            assert_eq!(in_force(&mut o).await, 0);
            o.again().await;
        }
    }
}
