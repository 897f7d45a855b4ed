//! The end of single tokens and of what a lost credential was used for; and how the log finds those who were refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Client, World, claims};
use chancery_testkit::PASSWORD;

const CRM: (&str, &str) = ("resource", "https://crm.example/api");
const ASK: [(&str, &str); 2] = [("scope", "openid crm.read"), CRM];

fn listed(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|token| token["jti"].as_str().unwrap().to_owned()).collect()
}

fn jti(token: &str) -> String {
    claims(token)["jti"].as_str().unwrap().to_owned()
}

impl World {
    async fn live(&mut self, whose: &str) -> Vec<String> {
        listed(&self.read(&format!("/api/v1/tokens?{whose}")).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_is_revoked_by_its_position_and_no_other_with_it() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let leaked = w.sign_in(&alice, &agent.client, &ASK).await;
    let other = w.sign_in(&alice, &agent.client, &ASK).await;
    let pos = claims(&leaked.access)["pos"].clone();
    let path = format!("/api/v1/tokens/{pos}/revoke");
    let done = w.make(&path, json!({"reason": "it stood in a ticket"})).await;
    assert_eq!(done["jti"], jti(&leaked.access));
    assert!(!w.alive(&crm.guard, &leaked.access).await);
    assert!(w.alive(&crm.guard, &other.access).await);
    let fresh = w.refresh(&agent.client, &leaked.refresh, &[]).await;
    assert!(w.alive(&crm.guard, &fresh.access()).await, "the sign-in goes on");
    let derived = w.exchange(&agent.client, &leaked.access, &[CRM]).await;
    assert_eq!(derived.outcome().1, "invalid_request", "nothing more is made of it");
    let again = w.api().await.post(&path, json!({})).await.unwrap();
    assert_eq!((again.status, again.text("code").unwrap()), (409, "already_revoked"));
    let event = &w.events("token_revoked").await[0]["data"];
    assert_eq!((&event["reason"], &event["decided"]), (&json!("it stood in a ticket"), &pos));
    assert_eq!((&event["agent"], &event["user"]), (&json!(agent.id), &json!(alice.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_management_api_is_refused_there_from_its_revocation_on() {
    let mut w = World::start().await;
    let thief = w.api().await;
    assert_eq!(thief.get("/api/v1/users").await.unwrap().status, 200);
    let pos = claims(thief.token.as_deref().unwrap())["pos"].clone();
    w.make(&format!("/api/v1/tokens/{pos}/revoke"), json!({})).await;
    assert_eq!(thief.get("/api/v1/users").await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_no_live_token_of_the_organization_is_told_so() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let token = w.sign_in(&alice, &agent.client, &ASK).await;
    let pos = claims(&token.access)["pos"].clone();
    for (other, code) in [("0", "not_found"), ("1", "not_found"), ("99999", "not_found"), ("x", "not_found")]
    {
        let answer = w.api().await.post(&format!("/api/v1/tokens/{other}/revoke"), json!({})).await.unwrap();
        assert_eq!(answer.text("code").unwrap(), code, "{other}");
    }
    let mut reader = w.api().await;
    reader.token = Some(w.kit.management_token(&mut w.desk, Some("tokens.read")).await.unwrap());
    let refused = reader.post(&format!("/api/v1/tokens/{pos}/revoke"), json!({})).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (403, "insufficient_scope"));
    w.advance(301);
    let answer = w.api().await.post(&format!("/api/v1/tokens/{pos}/revoke"), json!({})).await.unwrap();
    assert_eq!(answer.text("code").unwrap(), "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn live_tokens_are_listed_by_agent_person_and_client_until_what_they_rest_on_ends() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let first = w.sign_in_with(&mut browser, &alice, &agent.client, &ASK).await;
    let derived = w.exchange(&agent.client, &first.access, &[CRM]).await;
    let both = vec![jti(&derived.access()), jti(&first.access)];
    for whose in
        [format!("agent={}", agent.id), format!("user={}", alice.id), format!("client={}", agent.client.id)]
    {
        assert_eq!(w.live(&whose).await, both, "{whose}");
    }
    let own = w.kit.command_line().unwrap();
    assert!(!w.live(&format!("client={own}")).await.is_empty(), "the administrator's own");
    let page = w.read(&format!("/api/v1/tokens?limit=1&user={}", alice.id)).await;
    assert_eq!(listed(&page), both[..1]);
    let next = page["next"].as_str().unwrap();
    assert_eq!(w.live(&format!("limit=1&user={}&after={next}", alice.id)).await, both[1..]);
    for (bad, status) in [("agent=agt_00000000000000000000000001", 404), ("user=x", 400), ("tool=1", 400)] {
        assert_eq!(w.api().await.get(&format!("/api/v1/tokens?{bad}")).await.unwrap().status, status);
    }
    // The log names what both rest on: with the sign-in they are gone, although the line of neither changes.
    let page = browser.get("/me").await.unwrap();
    browser.submit(&page, "/log-out", &[]).await.unwrap();
    assert_eq!(w.live(&format!("user={}", alice.id)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_consent_ends_the_tokens_that_rest_on_it_and_the_list_shows_it() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let tokens = w.sign_in(&alice, &agent.client, &ASK).await;
    assert_eq!(w.live(&format!("user={}", alice.id)).await, [jti(&tokens.access)]);
    for grant in w.read(&format!("/api/v1/grants?user={}", alice.id)).await["items"].as_array().unwrap() {
        w.delete(&format!("/api/v1/grants/{}", grant["id"].as_str().unwrap())).await;
    }
    assert!(!w.alive(&crm.guard, &tokens.access).await);
    assert_eq!(w.live(&format!("user={}", alice.id)).await, Vec::<String>::new());
}

async fn secret_name(w: &mut World, client: &Client) -> String {
    let record = w.read(&format!("/api/v1/clients/{}", client.id)).await;
    record["secrets"][0]["name"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_secret_ends_the_tokens_of_its_client_unless_they_are_kept() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mail = w.agent("mail").await;
    w.assign(&mail.id, &crm, None).await;
    let untouched = w.sign_in(&alice, &mail.client, &ASK).await;
    for (choice, alive) in [("?tokens=keep", true), ("", false), ("?tokens=end", false)] {
        let added = w.make(&format!("/api/v1/clients/{}/secrets", agent.client.id), json!({})).await;
        let fresh = added["client_secret"].as_str().unwrap().to_owned();
        let holder = Client { secret: fresh, ..agent.client.clone() };
        let tokens = w.sign_in(&alice, &holder, &ASK).await;
        let name = secret_name(&mut w, &agent.client).await;
        let path = format!("/api/v1/clients/{}/secrets/{name}{choice}", agent.client.id);
        let api = w.api().await;
        api.send(Method::DELETE, &path, None, None).await.unwrap().ok().unwrap();
        assert_eq!(w.alive(&crm.guard, &tokens.access).await, alive, "{choice}");
        assert_eq!(w.events("client_secret_removed").await[0]["data"]["tokens_ended"], !alive);
        assert!(w.alive(&crm.guard, &untouched.access).await, "another client's");
    }
    let bad = format!("/api/v1/clients/{}/secrets/x?tokens=perhaps", agent.client.id);
    let answer = w.api().await.send(Method::DELETE, &bad, None, None).await.unwrap();
    assert_eq!((answer.status, answer.text("code").unwrap()), (400, "invalid_query"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_refused_anything_is_found_by_the_verdict() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, "not the password at all").await.unwrap();
    let forger = Client { secret: "chs_not_a_secret".into(), ..agent.client.clone() };
    w.token(&forger, &[("grant_type", "client_credentials")]).await;
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    assert_eq!(browser.get("/console").await.unwrap().status, 403);
    let kinds = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    };
    let denied = w.read("/api/v1/events?verdict=deny").await;
    assert_eq!(kinds(&denied), ["access_denied", "client_authentication_failed", "sign_in_failed"]);
    let of_client = w.read(&format!("/api/v1/events?verdict=deny&subject={}", agent.client.id)).await;
    assert_eq!(kinds(&of_client), ["client_authentication_failed"]);
    let of_alice = w.read(&format!("/api/v1/events?verdict=allow&subject={}", alice.id)).await;
    assert_eq!(kinds(&of_alice), ["sign_in_succeeded"]);
}
