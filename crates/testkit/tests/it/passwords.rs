//! Passwords: what ends when one is changed, and where else they must not be guessed or kept.

use chancery_testkit::PASSWORD;
use serde_json::json;

use crate::world::World;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid offline_access")];
const NEW: &str = "another correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_set_anew_ends_what_stays_connected_while_the_person_is_away() {
    let mut w = World::start().await;
    let (alice, agent) = (w.person("alice").await, w.agent("sales").await);
    let tokens = w.sign_in(&alice, &agent.client, OFFLINE).await;
    let path = format!("/api/v1/users/{}/password", alice.id);
    w.api()
        .await
        .send(reqwest::Method::PUT, &path, Some(json!({"password": NEW})), None)
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.get_with("/oauth2/userinfo", &tokens.access).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_changes_their_password_ends_it_too_and_guesses_are_throttled_there() {
    let mut w = World::start().await;
    let (alice, agent) = (w.person("alice").await, w.agent("sales").await);
    let tokens = w.sign_in(&alice, &agent.client, OFFLINE).await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let me = browser.get("/me").await.unwrap();
    let typed = |current| [("current", current), ("password", NEW), ("password_again", NEW)];
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(browser.submit(&me, "/me/password", &typed("wrong")).await.unwrap().status);
    }
    assert!(answers.starts_with(&[400, 400, 400, 400, 400]) && answers.ends_with(&[429, 429]), "{answers:?}");
    assert_eq!(
        browser.submit(&me, "/me/password", &typed(PASSWORD)).await.unwrap().status,
        429,
        "not looked at"
    );
    let refused = w.events("password_change_refused").await;
    let because = |reason: &str| refused.iter().filter(|event| event["data"]["reason"] == reason).count();
    assert_eq!((because("wrong password"), because("too many attempts")), (6, 3));
    w.advance(61);
    assert_eq!(browser.submit(&me, "/me/password", &typed(PASSWORD)).await.unwrap().status, 303);
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_typed_where_the_login_belongs_stands_nowhere() {
    let mut w = World::start().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in("Hunter2-my-secret", "x").await.unwrap();
    for (client, secret) in [("Hunter2-my-secret", "x"), ("cli_Hunter2-my-secret", "x")] {
        let fields = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        w.form("/oauth2/token", &fields).await;
    }
    let log = w.read("/api/v1/events?limit=200").await.to_string();
    assert!(log.contains("[unknown: 17 characters, digest "), "{log}");
    assert!(!log.to_lowercase().contains("hunt"), "not even its beginning");
}
