//! Access requests: whose yes makes a permission for a while.

use std::collections::BTreeSet;

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
async fn a_yes_while_the_time_runs_out_makes_one_permission_or_none() {
    for (engine, w) in engines().await {
        let mut o = Office::open_on(w).await;
        let mut ends = BTreeSet::new();
        for round in 0..8 {
            o.again().await;
            let asked = o.asks(json!({"purpose": format!("round {round}"), "seconds": 60})).await;
            let id = asked["id"].as_str().unwrap();
            let ballot = Ballot::on(&o.d.w, &mut o.d.browser, id).await;
            o.d.w.advance(899);
            let subject = o.presence().await;
            let (taken, tries) = tokio::join!(ballot.while_time_runs_out(&o.d.w, round), async {
                let mut tokens = Vec::new();
                for _ in 0..10 {
                    tokens.push(o.exchange(&subject).await);
                }
                tokens
            });
            let state = o.d.w.read(&format!("/api/v1/approvals/{id}")).await["state"].clone();
            let state = state.as_str().unwrap();
            assert_eq!(taken, usize::from(state != "expired"), "{engine}, round {round}: {state}");
            let given = usize::from(state == "redeemed");
            assert_eq!(in_force(&mut o).await, given, "{engine}, round {round}: {state}");
            assert!(
                tries.iter().all(|reply| reply.status != 200 || given == 1),
                "{engine}, round {round}: {state}, and a token"
            );
            let after = o.exchange(&subject).await;
            assert_eq!(after.status == 200, given == 1, "{engine}, round {round}: {state} {}", after.text);
            if given == 1 {
                o.ended_with_its_time(&subject).await;
            }
            ends.insert(state.to_owned());
            o.d.w.advance(61);
        }
        assert!(ends.len() > 1, "{engine}: the time was never the winner, or always: {ends:?}");
    }
}

impl Office {
    /// The permission of a minute runs out while tokens are fetched: none lives on, and none is issued afterwards.
    async fn ended_with_its_time(&mut self, subject: &str) {
        self.d.w.advance(59);
        let clock = self.d.w.kit.clock.clone();
        let tick = tokio::spawn(async move { clock.advance(Seconds(1)) });
        let mut tokens = Vec::new();
        for _ in 0..8 {
            let reply = self.exchange(subject).await;
            if reply.status == 200 {
                tokens.push(reply.access());
            }
        }
        tick.await.unwrap();
        assert_ne!(self.exchange(subject).await.status, 200, "after its end");
        for token in tokens {
            assert!(!self.d.w.alive(&self.d.crm.guard, &token).await, "a token outlives its permission");
        }
        assert_eq!(in_force(self).await, 0);
    }
}
