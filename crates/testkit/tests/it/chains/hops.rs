use serde_json::json;

use crate::chains::Chain;
use crate::world::{ACCESS_TOKEN, claims};

#[tokio::test(flavor = "multi_thread")]
async fn five_agents_act_in_a_row_each_named_and_a_sixth_is_refused() {
    let mut c = Chain::of(6).await;
    let mut token = c.sign_in().await;
    for by in 0..6 {
        let last = by == 5;
        let to = if last { &c.crm } else { &c.links[by + 1].api };
        let reply = c.hop(by, &token, to).await;
        if last {
            assert_eq!(
                (reply.outcome(), &reply.body["reason"]),
                ((400, "access_denied"), &json!("chain_too_long"))
            );
            let event = reply.body["event"].as_str().unwrap().to_owned();
            let logged = c.w.read(&format!("/api/v1/events/{event}")).await;
            assert_eq!(logged["data"]["evidence"]["agent"]["chain"].as_array().unwrap().len(), 5);
            break;
        }
        let (before, after) = (claims(&token), claims(&reply.access()));
        let agents: Vec<usize> = (0..=by).rev().collect();
        assert_eq!(after["act"], c.act(&agents), "after {by}");
        for same in ["sub", "org_id", "run_id", "auth_time"] {
            assert_eq!(after[same], before[same], "{same} after {by}");
        }
        assert_eq!(
            (&after["aud"], &after["client_id"]),
            (&json!(to.resource), &json!(c.links[by].agent.client.id))
        );
        assert!(after["exp"].as_i64() <= before["exp"].as_i64());
        token = reply.access();
        c.w.advance(7);
    }
    assert_eq!(Chain::named(&token).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_exchanged_by_whom_it_was_issued_to_or_whom_it_is_for_and_by_nobody_else() {
    let c = Chain::of(4).await;
    let tokens = c.walk().await;
    for (at, token) in tokens.iter().enumerate().take(4) {
        for by in 0..4 {
            // Token `at` was issued to agent `at - 1` (the first one to agent 0), and is for agent `at`.
            let theirs = by == at || by + 1 == at;
            let reply = c.hop(by, token, &c.crm).await;
            let wanted = if theirs { (200, "") } else { (400, "invalid_request") };
            assert_eq!(reply.outcome(), wanted, "token {at} by agent {by}: {}", reply.text);
            if theirs {
                // Whoever has it already stays where it is; whoever comes new stands before it.
                let agents: Vec<usize> = (0..=by).rev().collect();
                assert_eq!(claims(&reply.access())["act"], c.act(&agents), "token {at} by agent {by}");
            }
        }
    }
    // A guard of the API is no agent: what is shown to it goes no further.
    let shown = c.w.exchange(&c.links[2].api.guard, &tokens[2], &[("resource", &c.crm.resource)]).await;
    assert_eq!(shown.outcome(), (400, "unauthorized_client"));
    // The actor token is the caller's own; naming an earlier actor cannot take the later ones out.
    let typed = [
        ("actor_token", tokens[0].as_str()),
        ("actor_token_type", ACCESS_TOKEN),
        ("resource", &c.crm.resource),
    ];
    let taken_out = c.w.exchange(&c.links[2].agent.client, &tokens[2], &typed).await;
    assert_eq!(taken_out.outcome(), (400, "invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_agent_stands_twice_in_a_chain() {
    let c = Chain::of(3).await;
    let mut token = c.sign_in().await;
    for (by, to) in [(0, 1), (1, 2)] {
        token = c.hop(by, &token, &c.links[to].api).await.access();
    }
    // The third calls the first again.
    let back = c.hop(2, &token, &c.links[0].api).await.access();
    let reply = c.hop(0, &back, &c.crm).await;
    assert_eq!(
        (reply.outcome(), &reply.body["reason"]),
        ((400, "access_denied"), &json!("chain_repeats")),
        "{}",
        reply.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_agent_of_the_chain_has_to_be_allowed_what_the_last_one_asks() {
    for weak in 0..3 {
        let mut c = Chain::of(3).await;
        let rule = json!({"agent": c.links[weak].agent.id, "application": c.crm.id, "auto": "crm.read", "never": "crm.write"});
        c.w.make("/api/v1/connections", rule).await;
        let token = c.walk().await.pop().unwrap();
        assert_eq!(claims(&token)["scope"], "crm.read", "agent {weak} may only read, and so may all");
        let subject = c.walk().await.remove(2);
        let more = [("resource", c.crm.resource.as_str()), ("scope", "crm.write")];
        let reply = c.w.exchange(&c.links[2].agent.client, &subject, &more).await;
        assert_eq!(
            (reply.outcome(), &reply.body["reason"]),
            ((400, "access_denied"), &json!("scope_never")),
            "{weak}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hop_lives_longer_than_the_one_before() {
    let c = Chain::of(4).await;
    let mut token = c.sign_in().await;
    let end = claims(&token)["exp"].as_i64().unwrap();
    for by in 0..4 {
        c.w.advance(70);
        let to = c.links.get(by + 1).map_or(&c.crm, |next| &next.api);
        let reply = c.hop(by, &token, to).await;
        token = reply.access();
        assert_eq!(
            (claims(&token)["exp"].as_i64(), &reply.body["expires_in"]),
            (Some(end), &json!(end - c.w.now())),
            "{by}"
        );
    }
    c.w.advance(20);
    assert!(!c.w.alive(&c.crm.guard, &token).await);
}
