//! Who proves nothing can fill neither the disk nor the log, and keeps nobody waiting.

use chancery_kernel::OrgId;
use chancery_store::log;
use chancery_vault::deployment;
use serde_json::{Value, json};

use crate::world::{Client, World};

const FREE: usize = 30;

/// What stands of a kind in a log.
async fn of_kind(w: &World, org: OrgId, kind: &str) -> Vec<Value> {
    let lines =
        w.kit.running.platform.db.read(move |sql| log::entries(sql, org, 1, usize::MAX)).await.unwrap();
    let entries = lines.iter().map(|line| serde_json::from_slice::<Value>(&line.body).unwrap());
    entries.filter(|entry| entry["kind"] == kind).collect()
}

fn org(w: &World) -> OrgId {
    w.kit.running.platform.db.hot().organizations.all().next().unwrap().id
}

fn counts(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["data"]["count"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_beyond_the_budget_are_counted_and_answered_with_429() {
    let mut w = World::start().await;
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    let org = org(&w);
    let grant = ("grant_type", "client_credentials");
    let wrong = Client { secret: "chs_wrong".to_owned(), ..agent.client.clone() };
    let unknown = Client { id: "cli_00000000000000000000000000".to_owned(), ..wrong.clone() };
    for n in 0..FREE {
        let refused = w.token(if n % 2 == 0 { &wrong } else { &unknown }, &[grant]).await;
        assert_eq!(refused.outcome(), (401, "invalid_client"), "{n}: {}", refused.text);
    }
    for client in [&wrong, &unknown, &wrong, &unknown, &wrong] {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/bc-authorize"] {
            let refused = w.as_client(path, client, &[grant, ("token", "x")]).await;
            assert_eq!(refused.outcome(), (429, "too_many_requests"), "{path}: {}", refused.text);
            assert_eq!(refused.header("retry-after"), "10");
        }
    }
    let proven = w.token(&agent.client, &[grant]).await;
    assert_eq!(proven.status, 200, "who proves themselves is not kept waiting: {}", proven.text);
    assert_eq!(of_kind(&w, org, "failures_counted").await, Vec::<Value>::new(), "the minute is not over");
    w.advance(60);
    w.kit.running.tell_counted_failures().await.unwrap();
    let (ours, nobodys) =
        (of_kind(&w, org, "failures_counted").await, of_kind(&w, deployment(), "failures_counted").await);
    assert_eq!((counts(&ours), counts(&nobodys)), (vec![12], vec![8]), "{ours:?} {nobodys:?}");
    assert_eq!(ours[0]["data"]["addresses"], 1);
    let recorded = of_kind(&w, org, "client_authentication_failed").await.len()
        + of_kind(&w, deployment(), "client_authentication_failed").await.len();
    assert_eq!(recorded, FREE, "and nothing is recorded twice");
    // A minute is worth six failures.
    for _ in 0..6 {
        assert_eq!(w.token(&wrong, &[grant]).await.status, 401);
    }
    assert_eq!(w.token(&wrong, &[grant]).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_in_strange_hands_is_recorded_now_and_then() {
    let mut w = World::start().await;
    let mut browser = std::mem::replace(&mut w.desk, w.kit.browser().unwrap());
    let token = w.kit.management_token(&mut browser, None).await.unwrap();
    let page = browser.get("/log-out").await.unwrap();
    browser.submit(&page, "/log-out", &[]).await.unwrap();
    let dead = w.get_at(&w.kit.url("/api/v1/agents"), &token).await;
    assert_eq!(dead.status, 401, "{}", dead.text);
    for _ in 1..FREE * 10 {
        assert_eq!(w.get_at(&w.kit.url("/api/v1/agents"), &token).await.status, 401);
    }
    let over = w.get_at(&w.kit.url("/api/v1/agents"), &token).await;
    assert_eq!((over.status, over.body["code"].as_str()), (429, Some("throttled")), "{}", over.text);
    assert_eq!(over.header("retry-after"), "10");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_anybody_may_use_has_the_budget_of_its_address() {
    let mut w = World::start().await;
    let spa = json!({"name": "spa", "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": ["https://spa.example/cb"]});
    let public = w.client(spa).await;
    let org = org(&w);
    let fields =
        [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://spa.example/cb")];
    for n in 0..FREE {
        let refused = w.token(&public, &fields).await;
        assert_eq!(refused.status, 400, "{n}: {}", refused.text);
    }
    assert_eq!(w.token(&public, &fields).await.outcome(), (429, "too_many_requests"));
    w.advance(60);
    w.kit.running.tell_counted_failures().await.unwrap();
    assert_eq!(counts(&of_kind(&w, org, "failures_counted").await), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_is_told_before_the_server_stops() {
    let w = World::start().await;
    let unknown = Client { id: "cli_00000000000000000000000000".to_owned(), secret: "chs_wrong".to_owned() };
    for _ in 0..FREE + 5 {
        w.token(&unknown, &[("grant_type", "client_credentials")]).await;
    }
    let db = w.kit.running.platform.db.clone();
    let World { kit, .. } = w;
    kit.running.stop().await;
    let lines = db.read(|sql| log::entries(sql, deployment(), 1, usize::MAX)).await.unwrap();
    let entries = lines.iter().map(|line| serde_json::from_slice::<Value>(&line.body).unwrap());
    let told: Vec<Value> = entries.filter(|entry| entry["kind"] == "failures_counted").collect();
    assert_eq!(counts(&told), [5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_that_have_to_wait_are_not_recorded_without_end() {
    let w = World::start().await;
    let mut browser = w.kit.browser().unwrap();
    for guess in 0..60 {
        browser.sign_in(&format!("nobody{guess}@corp.example"), "wrong").await.unwrap();
    }
    let refused = browser.sign_in("somebody@corp.example", "wrong").await.unwrap();
    assert_eq!(refused.status, 429);
    let org = org(&w);
    let recorded =
        of_kind(&w, org, "sign_in_failed").await.len() + of_kind(&w, org, "sign_in_throttled").await.len();
    assert_eq!(recorded, FREE);
    w.advance(60);
    w.kit.running.tell_counted_failures().await.unwrap();
    assert_eq!(counts(&of_kind(&w, org, "failures_counted").await), [31]);
}
