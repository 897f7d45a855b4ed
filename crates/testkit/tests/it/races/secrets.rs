//! Secrets: lent to one at a time, under one answer, and to nobody who was stopped.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Ballot, engines};
use crate::vault::{AT, Safe};

/// Takes a secret out, by itself: the status and the answer.
fn taking(s: &Safe, token: &str, secret: &str, body: &Value) -> JoinHandle<(u16, Value)> {
    let request =
        s.w.http.post(s.w.kit.url(&format!("{AT}/{secret}/checkout"))).bearer_auth(token).json(body);
    tokio::spawn(async move {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    })
}

async fn open(s: &mut Safe, secret: &str) -> usize {
    let path = format!("/api/v1/leases?secret={secret}&open=true");
    s.w.read(&path).await["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_want_it_for_themselves_one_has_it_and_after_them_the_next() {
    for (engine, w) in engines().await {
        let mut s = Safe::on(w).await;
        let secret = s.deposit("only", json!({"tier": "auto", "exclusive": true})).await;
        let mut tokens = vec![s.token(&s.agent.client).await];
        for n in 0..3 {
            let agent = s.w.agent(&format!("rival-{n}")).await;
            s.admit(&agent.id).await;
            s.reach(&agent.id.clone(), "auto").await;
            tokens.push(s.token(&agent.client).await);
        }
        for round in 0..3 {
            let all: Vec<_> =
                (0..100).map(|n| (n % 4, taking(&s, &tokens[n % 4], &secret, &json!({})))).collect();
            let (mut leases, mut holders) = (BTreeSet::new(), BTreeSet::new());
            for (who, one) in all {
                match one.await.unwrap() {
                    (200, body) => {
                        leases.insert(body["lease"]["id"].as_str().unwrap().to_owned());
                        holders.insert(who);
                    }
                    (409, body) => assert_eq!(body["code"], "lent_out", "{engine}"),
                    other => panic!("{engine}: {other:?}"),
                }
            }
            assert_eq!((leases.len(), holders.len()), (1, 1), "{engine}, round {round}");
            assert_eq!(open(&mut s, &secret).await, 1, "{engine}");
            // While its holder returns it many times over, it is theirs or somebody else's, and never two's.
            let (lease, holder) = (leases.first().unwrap().clone(), *holders.first().unwrap());
            let path = format!("/api/v1/leases/{lease}/return");
            let mut returned = 0;
            for _ in 0..5 {
                returned += usize::from(s.post(&tokens[holder], &path, json!({})).await.status == 200);
            }
            assert_eq!(returned, 1, "{engine}: given back once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_answers_one_counts_and_nothing_is_lent_after_a_no() {
    for (engine, w) in engines().await {
        let mut s = Safe::on(w).await;
        let secret = s.deposit("crm", json!({"tier": "approval", "exclusive": true})).await;
        let token = s.token(&s.agent.client).await;
        for round in 0..3 {
            let wish = json!({"user": s.brandon.login, "task": format!("round {round}")});
            let asked = s.ask(&secret, wish).await;
            assert_eq!(asked.status, 202, "{engine}: {}", asked.text);
            let request = asked.body["request"].clone();
            let ballot = Ballot::on(&s.w, &mut s.browser, request.as_str().unwrap()).await;
            let takers: Vec<_> =
                (0..20).map(|_| taking(&s, &token, &secret, &json!({"request": request}))).collect();
            assert_eq!(ballot.a_hundred().await, 1, "{engine}, round {round}");
            let read = s.w.read(&format!("/api/v1/approvals/{}", request.as_str().unwrap())).await;
            let yes = read["state"] == "redeemed";
            let mut leases = BTreeSet::new();
            for taker in takers {
                if let (200, body) = taker.await.unwrap() {
                    leases.insert(body["lease"]["id"].as_str().unwrap().to_owned());
                }
            }
            assert!(leases.len() <= usize::from(yes), "{engine}, round {round}: {read} {leases:?}");
            let after = taking(&s, &token, &secret, &json!({"request": request})).await.unwrap();
            assert_eq!(after.0 == 200, yes, "{engine}, round {round}: {after:?}");
            if yes {
                let lease = after.1["lease"]["id"].as_str().unwrap();
                assert_eq!(
                    s.post(&token, &format!("/api/v1/leases/{lease}/return"), json!({})).await.status,
                    200
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_out_while_the_agent_is_contained_is_over_with_it() {
    for (engine, w) in engines().await {
        let mut s = Safe::on(w).await;
        let secret = s.deposit("only", json!({"tier": "auto", "exclusive": true})).await;
        for round in 0..4 {
            let token = s.token(&s.agent.client).await;
            let all: Vec<_> = (0..12).map(|_| taking(&s, &token, &secret, &json!({}))).collect();
            s.w.contain(&s.agent.id.clone()).await;
            for one in all {
                assert!(matches!(one.await.unwrap().0, 200 | 401 | 403 | 404), "{engine}");
            }
            assert_eq!(open(&mut s, &secret).await, 0, "{engine}, round {round}: nobody has it");
            let late = taking(&s, &token, &secret, &json!({})).await.unwrap();
            assert_ne!(late.0, 200, "{engine}, round {round}: {late:?}");
            let body = json!({"reason": "next round"});
            s.w.make(&format!("/api/v1/agents/{}/release", s.agent.id), body).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_while_the_time_runs_out_lends_by_one_answer_or_not_at_all() {
    for (engine, w) in engines().await {
        let mut s = Safe::on(w).await;
        let secret = s.deposit("crm", json!({"tier": "approval", "exclusive": true})).await;
        let mut ends = BTreeSet::new();
        for round in 0..8 {
            let wish = json!({"user": s.brandon.login, "task": format!("round {round}")});
            let asked = s.ask(&secret, wish).await;
            assert_eq!(asked.status, 202, "{engine}: {}", asked.text);
            let request = json!({"request": asked.body["request"]});
            let id = asked.body["request"].as_str().unwrap();
            let ballot = Ballot::on(&s.w, &mut s.browser, id).await;
            s.w.advance(899);
            let token = s.token(&s.agent.client).await;
            let takers: Vec<_> = (0..10).map(|_| taking(&s, &token, &secret, &request)).collect();
            let taken = ballot.while_time_runs_out(&s.w, round).await;
            let state = s.w.read(&format!("/api/v1/approvals/{id}")).await["state"].clone();
            let state = state.as_str().unwrap();
            assert_eq!(taken, usize::from(state != "expired"), "{engine}, round {round}: {state}");
            let yes = state == "redeemed";
            for taker in takers {
                let (status, body) = taker.await.unwrap();
                assert!(status != 200 || yes, "{engine}, round {round}: {state}, and lent: {body}");
            }
            let after = taking(&s, &token, &secret, &request).await.unwrap();
            assert_eq!(after.0 == 200, yes, "{engine}, round {round}: {state} {after:?}");
            assert_eq!(open(&mut s, &secret).await, usize::from(yes), "{engine}, round {round}");
            if yes {
                ended_with_its_time(&mut s, &secret, &request, &after.1).await;
            }
            ends.insert(state.to_owned());
            s.w.advance(901);
        }
        assert!(ends.len() > 1, "{engine}: the time was never the winner, or always: {ends:?}");
    }
}

/// The permission runs out while it is taken out many times over: no lease is longer, and afterwards there is none.
async fn ended_with_its_time(s: &mut Safe, secret: &str, request: &Value, lent: &Value) {
    let until = lent["lease"]["until"].as_str().unwrap().to_owned();
    let until: chancery_kernel::Timestamp = until.parse().unwrap();
    s.w.advance(until.seconds() - s.w.now() - 1);
    let token = s.token(&s.agent.client).await;
    let takers: Vec<_> = (0..20).map(|_| taking(s, &token, secret, request)).collect();
    s.w.advance(1);
    let late: Vec<_> = (0..5).map(|_| taking(s, &token, secret, request)).collect();
    for taker in takers {
        match taker.await.unwrap() {
            (200, body) => assert_eq!(body["lease"]["id"], lent["lease"]["id"], "the same lease"),
            (409, body) => assert_eq!(body["code"], "permission_over"),
            other => panic!("{other:?}"),
        }
    }
    for taker in late {
        let (status, body) = taker.await.unwrap();
        assert_eq!((status, body["code"].as_str()), (409, Some("permission_over")), "after its end");
    }
    chancery_broker::leases::note_overdue(&s.w.kit.running.platform.clone()).await.unwrap();
    assert_eq!(open(s, secret).await, 0, "nobody has it any more");
}
