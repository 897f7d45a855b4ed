use chancery_testkit::Browser;
use serde_json::json;

use crate::chains::Chain;
use crate::world::claims;

/// What ends a chain of three, whoever does it; and what makes the next one possible again.
const ENDS: [(&str, &str); 18] = [
    ("contain 0", "release"),
    ("contain 1", "release"),
    ("contain 2", "release"),
    ("suspend 0", "activate"),
    ("suspend 1", "activate"),
    ("unassign 0", "assign"),
    ("unassign 1", "assign"),
    ("unassign 2", "assign"),
    ("never 0", "disconnect"),
    ("never 1", "disconnect"),
    ("disable person", "enable"),
    ("unassign person", "assign"),
    ("stop run", ""),
    ("disable system", "enable"),
    ("disable client0", "enable"),
    ("disable client1", "enable"),
    ("sign out", ""),
    ("delete person", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_link_ends_everything_behind_it() {
    let mut c = Chain::of(3).await;
    for (end, again) in ENDS {
        let mut browser = c.w.kit.browser().unwrap();
        let first = &c.links[0].agent.client;
        let mut tokens =
            vec![c.w.sign_in_with(&mut browser, &c.alice, first, &[("scope", "openid")]).await.access];
        for by in 0..3 {
            let to = c.links.get(by + 1).map_or(&c.crm, |next| &next.api);
            tokens.push(c.hop(by, tokens.last().unwrap(), to).await.access());
        }
        let (tail, guard) = (tokens[3].clone(), c.crm.guard.clone());
        assert!(c.w.alive(&guard, &tail).await, "{end}");
        assert_eq!(c.w.get_with("/oauth2/userinfo", &tokens[0]).await.status, 200);
        let made = happen(&mut c, end, &tail, &mut browser).await;
        assert!(!c.w.alive(&guard, &tail).await, "{end}: introspection");
        assert!(!c.w.alive(&c.links[2].agent.client, &tail).await, "{end}: introspection by its holder");
        for token in [&tokens[2], &tail] {
            let refused = c.hop(2, token, &c.crm).await;
            assert_eq!(refused.status, 400, "{end}: exchange {}", refused.text);
        }
        // What ended at the system alone leaves the sign-in as it is.
        let everywhere = [
            "contain 0",
            "suspend 0",
            "stop run",
            "disable person",
            "disable client0",
            "sign out",
            "delete person",
        ];
        let status = c.w.get_with("/oauth2/userinfo", &tokens[0]).await.status;
        assert_eq!(status, if everywhere.contains(&end) { 401 } else { 200 }, "{end}: userinfo");
        restore(&mut c, end, again, &made).await;
        assert!(!c.w.alive(&guard, &tail).await, "{end}: {again} wakes nothing");
    }
}

/// The record that an end is about, or that it made.
async fn happen(c: &mut Chain, end: &str, tail: &str, browser: &mut Browser) -> String {
    let (what, whom) = end.split_once(' ').unwrap();
    let agent = whom.parse().map_or(String::new(), |at: usize| c.links[at].agent.id.clone());
    let why = json!({"reason": "a test"});
    match (what, whom) {
        ("contain", _) => c.w.contain(&agent).await,
        ("suspend", _) => c.w.stage(&agent, "suspended").await,
        ("unassign", "person") => unassign(c, &c.alice.id.clone()).await,
        ("unassign", _) => unassign(c, &agent).await,
        ("never", _) => {
            let rule = json!({"agent": agent, "application": c.crm.id, "never": "crm.read crm.write"});
            return c.w.make("/api/v1/connections", rule).await["id"].as_str().unwrap().to_owned();
        }
        ("disable", "client0" | "client1") => {
            let client = c.links[usize::from(whom == "client1")].agent.client.id.clone();
            c.w.make(&format!("/api/v1/clients/{client}/disable"), why).await;
            return client;
        }
        ("disable", "person") => drop(c.w.make(&format!("/api/v1/users/{}/disable", c.alice.id), why).await),
        ("delete", _) => c.w.delete(&format!("/api/v1/users/{}", c.alice.id)).await,
        ("stop", _) => {
            let run = claims(tail)["run_id"].as_str().unwrap().to_owned();
            c.w.make(&format!("/api/v1/runs/{run}/stop"), why).await;
        }
        ("disable", _) => {
            drop(c.w.make(&format!("/api/v1/applications/{}/disable", c.crm.id), json!({})).await)
        }
        _ => {
            let page = browser.get("/log-out").await.unwrap();
            browser.submit(&page, "/log-out", &[]).await.unwrap();
        }
    }
    if agent.is_empty() { c.alice.id.clone() } else { agent }
}

async fn restore(c: &mut Chain, end: &str, how: &str, record: &str) {
    let why = json!({"reason": "a test"});
    match how {
        "release" => drop(c.w.make(&format!("/api/v1/agents/{record}/release"), why).await),
        "activate" => c.w.stage(record, "active").await,
        "assign" => drop(c.w.assign(record, &c.crm.clone(), None).await),
        "disconnect" => c.w.delete(&format!("/api/v1/connections/{record}")).await,
        "enable" if end.ends_with("person") => {
            drop(c.w.make(&format!("/api/v1/users/{record}/enable"), json!({})).await)
        }
        "enable" if end.contains("client") => {
            drop(c.w.make(&format!("/api/v1/clients/{record}/enable"), json!({})).await);
        }
        "enable" => drop(c.w.make(&format!("/api/v1/applications/{}/enable", c.crm.id), json!({})).await),
        _ => {}
    }
}

/// From the system at the end alone.
async fn unassign(c: &mut Chain, principal: &str) {
    let path = format!("/api/v1/assignments?principal={principal}&application={}", c.crm.id);
    let found = c.w.read(&path).await["items"][0]["id"].as_str().unwrap().to_owned();
    c.w.delete(&format!("/api/v1/assignments/{found}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_neighbour_leaves_the_chain_alone() {
    let mut c = Chain::of(2).await;
    let (bob, other) = (c.w.person("bob").await, c.w.agent("other").await);
    let token = c.walk().await.pop().unwrap();
    c.w.contain(&other.id).await;
    c.w.make(&format!("/api/v1/users/{}/disable", bob.id), json!({"reason": "a test"})).await;
    let another = c.walk().await.pop().unwrap();
    c.w.as_client("/oauth2/revoke", &c.links[1].agent.client, &[("token", &another)]).await;
    assert!(c.w.alive(&c.crm.guard, &token).await && !c.w.alive(&c.crm.guard, &another).await);
}
