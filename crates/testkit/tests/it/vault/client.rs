//! The CRM's client secret in the vault (Story 2, step 3): with it, and only while it is lent, the agent gets tokens for
//! the person it was lent for.

use super::{AT, Safe, code};
use crate::world::{Client, claims};
use serde_json::json;

struct Crm {
    s: Safe,
    client: Client,
    secret: String,
}

impl Crm {
    async fn open() -> Self {
        let mut s = Safe::open().await;
        let grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"];
        let client = json!({"name": "crm access", "agent": s.agent.id, "auth": "client_secret_basic", "grants": grants});
        let client = s.w.client(client).await;
        let value = json!({"client_id": client.id, "client_secret": client.secret});
        let body = json!({"name": "crm", "kind": "oauth_client", "value": value,
            "rotation": {"by": "client", "after_use": true}});
        let made = s.w.make(AT, body).await;
        assert_eq!(made["client"], json!(client.id));
        Self { secret: made["id"].as_str().unwrap().to_owned(), s, client }
    }

    async fn token(&self, secret: &str, more: &[(&str, &str)]) -> crate::world::Reply {
        let client = Client { id: self.client.id.clone(), secret: secret.to_owned() };
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("resource", self.s.crm.resource.as_str()),
            ("scope", "crm.read"),
        ];
        fields.extend_from_slice(more);
        self.s.w.token(&client, &fields).await
    }

    /// Brandon says yes; what is lent, and the secret.
    async fn lent(&mut self) -> (String, String) {
        let request = self.s.approved(&self.secret).await;
        let handed = self.s.ask(&self.secret, json!({"request": request})).await;
        let text = |value: &serde_json::Value| {
            value.as_str().unwrap_or_else(|| panic!("{}", handed.text)).to_owned()
        };
        (text(&handed.body["lease"]["id"]), text(&handed.body["value"]["client_secret"]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_lease_the_secret_opens_nothing_and_with_one_it_opens_for_its_person() {
    let mut c = Crm::open().await;
    let known = c.client.secret.clone();
    let none = c.token(&known, &[]).await;
    assert_eq!(
        (none.outcome(), none.body["reason"].as_str()),
        ((400, "access_denied"), Some("lease_missing"))
    );
    let (_, secret) = c.lent().await;
    assert_eq!(secret, known);
    let issued = c.token(&secret, &[("act_as", &c.s.brandon.login.clone())]).await;
    let token = issued.access();
    let said = claims(&token);
    assert_eq!((&said["sub"], &said["act"]["sub"]), (&json!(c.s.brandon.id), &json!(c.s.agent.id)));
    let end = c.s.w.now() + 900;
    assert!(said["exp"].as_i64().unwrap() <= end);
    assert!(c.s.w.alive(&c.s.crm.guard, &token).await);
    let carol = c.s.w.person("carol").await;
    let other = c.token(&secret, &[("act_as", &carol.login)]).await;
    assert_eq!(other.body["reason"], "lease_missing", "for nobody else");
    let subject = c.s.w.sign_in(&c.s.brandon, &c.s.agent.client, &[("scope", "openid")]).await.access;
    let exchange = c.s.w.exchange(&c.client, &subject, &[("resource", &c.s.crm.resource)]).await;
    assert_eq!(exchange.outcome(), (400, "unauthorized_client"), "and by no other way");
    let claimed =
        c.s.w
            .token(
                &c.s.agent.client,
                &[
                    ("grant_type", "client_credentials"),
                    ("resource", &c.s.crm.resource),
                    ("scope", "crm.read"),
                    ("act_as", &c.s.brandon.login),
                ],
            )
            .await;
    assert_eq!(claimed.outcome(), (400, "invalid_request"), "an agent's word is no lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_obtained_ends_with_the_lease_however_that_ends() {
    let mut c = Crm::open().await;
    for how in ["returned", "ended", "taken back", "contained"] {
        let request = c.s.approved_for(&c.secret, how).await;
        let handed = c.s.ask(&c.secret, json!({"request": request})).await;
        let lease = handed.body["lease"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{how}: {}", handed.text))
            .to_owned();
        let secret = handed.body["value"]["client_secret"].as_str().unwrap().to_owned();
        let token = c.token(&secret, &[]).await.access();
        assert!(c.s.w.alive(&c.s.crm.guard, &token).await, "{how}");
        match how {
            "returned" => {
                let own = c.s.token(&c.s.agent.client).await;
                c.s.post(&own, &format!("/api/v1/leases/{lease}/return"), json!({})).await;
            }
            "ended" => {
                c.s.w.make(&format!("/api/v1/leases/{lease}/end"), json!({"reason": "a test"})).await;
            }
            "taken back" => {
                let path = format!("/inbox/{request}");
                let page = c.s.browser.get(&path).await.unwrap();
                c.s.browser.submit(&page, &format!("{path}/take-back"), &[]).await.unwrap();
            }
            _ => c.s.w.contain(&c.s.agent.id.clone()).await,
        }
        assert!(!c.s.w.alive(&c.s.crm.guard, &token).await, "{how}");
        let again = c.token(&secret, &[]).await;
        assert!(again.status >= 400, "{how}: {}", again.text);
        // It is rotated after use: the next lease hands out another secret.
        let platform = c.s.w.kit.running.platform.clone();
        for _ in 0..50 {
            chancery_broker::rotate::tick(&platform, &Default::default()).await.unwrap();
            let read = c.s.w.read(&format!("{AT}/{}/versions", c.secret)).await;
            if read["items"][0]["state"] == "current" && read["items"].as_array().unwrap().len() > 1 {
                break;
            }
        }
        // The same question is another one a moment later.
        c.s.w.advance(61);
    }
    let rotated = c.s.w.events("secret_rotated").await;
    assert!(rotated.len() >= 3, "{}", rotated.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_before_the_end_of_the_permission_to_the_second() {
    let mut c = Crm::open().await;
    let (_, secret) = c.lent().await;
    let start = c.s.w.now();
    let mut last = None;
    for second in [0, 300, 598, 600, 899] {
        c.s.w.advance(start + second - c.s.w.now());
        let token = c.token(&secret, &[]).await.access();
        let end = claims(&token)["exp"].as_i64().unwrap();
        assert!(end <= start + 900, "at {second}: {}", end - start);
        last = Some(token);
    }
    c.s.w.advance(start + 900 - c.s.w.now());
    assert!(!c.s.w.alive(&c.s.crm.guard, &last.unwrap()).await);
    assert!(c.token(&secret, &[]).await.status >= 400);
    assert_eq!(code(&c.s.ask(&c.secret, json!({"user": c.s.brandon.login})).await).0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_manages_clients_binds_one_and_only_its_own_secret() {
    let mut s = Safe::open().await;
    let made = json!({"name": "tool", "agent": s.agent.id, "auth": "client_secret_basic", "grants": ["client_credentials"]});
    let client = s.w.client(made).await;
    let deposit = |secret: &str| json!({"name": "tool", "kind": "oauth_client", "value": {"client_id": client.id, "client_secret": secret}});
    let api = s.w.api().await;
    let wrong = api.post(AT, deposit("chs_something_else_entirely")).await.unwrap();
    assert_eq!((wrong.status, wrong.text("code").unwrap()), (400, "other_secret"));
    let (_, theirs) = s.w.officer("mallory", "secrets.read secrets.manage secrets.reveal").await;
    let refused = theirs.post(AT, deposit(&client.secret)).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (403, "beyond_own"));
    let bound = api.post(AT, deposit(&client.secret)).await.unwrap().ok().unwrap();
    let id = bound.text("id").unwrap();
    s.w.delete(&format!("{AT}/{id}")).await;
    let fields = [("grant_type", "client_credentials"), ("resource", s.crm.resource.as_str())];
    let after = s.w.token(&client, &fields).await;
    assert_eq!(
        after.outcome(),
        (401, "invalid_client"),
        "what was lent opens nothing when the vault lets it go"
    );
}
