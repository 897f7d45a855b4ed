//! Introspection (RFC 7662) and revocation (RFC 7009): who may know what of a token, and who may end it.

use chancery_jose::{Alg, Jwk, JwkSet, PublicKey, unb64};
use serde_json::{Value, json};

use crate::world::{CALLBACK, Client, World, claims, header, mirrored};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_server_learns_of_its_own_tokens_and_of_no_others() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mail = w.app("mail", json!({})).await;
    let stranger = w.agent("stranger").await;
    let page = w.client(json!({"name": "page", "auth": "none", "grants": ["authorization_code"], "redirect_uris": [CALLBACK]})).await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let reply = w
        .as_client(
            "/oauth2/introspect",
            &crm.guard,
            &[("token", &tokens.access), ("token_type_hint", "nonsense")],
        )
        .await;
    let token = claims(&tokens.access);
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "jti",
        "client_id",
        "scope",
        "act",
        "auth_time",
        "acr",
        "amr",
        "org_id",
    ] {
        assert!(!token[name].is_null(), "{name}");
        assert_eq!(reply.body[name], token[name], "{name}");
    }
    assert_eq!((&reply.body["active"], &reply.body["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(w.alive(&agent.client, &tokens.access).await, "the client it was issued to");
    assert!(w.alive(&agent.client, &tokens.refresh).await);
    let id_token = tokens.body["id_token"].as_str().unwrap().to_owned();
    let cases = [
        (&mail.guard, &tokens.access),
        (&stranger.client, &tokens.access),
        (&crm.guard, &tokens.refresh),
        (&stranger.client, &tokens.refresh),
        (&crm.guard, &id_token),
        (&agent.client, &id_token),
        (&agent.client, &"garbage".to_owned()),
        (&agent.client, &"chr_garbage".to_owned()),
        (&agent.client, &agent.client.secret),
        (&agent.client, &format!("{}x", tokens.access)),
    ];
    for (client, token) in cases {
        assert!(!w.alive(client, token).await, "{} {token}", client.id);
    }
    let public = w.as_client("/oauth2/introspect", &page, &[("token", &tokens.access)]).await;
    assert_eq!(public.outcome(), (401, "invalid_client"));
    assert_eq!(
        w.form("/oauth2/introspect", &[("token", &tokens.access)]).await.outcome(),
        (401, "invalid_client")
    );
    assert_eq!(w.as_client("/oauth2/introspect", &crm.guard, &[]).await.outcome(), (400, "invalid_request"));
    let bearer = w
        .http
        .post(w.kit.url("/oauth2/introspect"))
        .bearer_auth(&tokens.access)
        .form(&[("token", &tokens.access)]);
    assert_eq!(w.send(bearer).await.status, 401);
    let get = w.http.get(w.kit.url(&format!("/oauth2/introspect?token={}", tokens.access)));
    assert_eq!(w.send(get).await.status, 405);
    w.advance(300);
    assert!(!w.alive(&crm.guard, &tokens.access).await, "expired");
}

const SIGNED: &str = "application/token-introspection+jwt";

impl World {
    /// An introspection whose answer is asked for in these types.
    async fn heard(&self, accept: &str, client: &Client, token: &str) -> (u16, String, String) {
        let fields = client.with(&[("token", token)]);
        let asked = self.http.post(self.kit.url("/oauth2/introspect")).header("accept", accept).form(&fields);
        let reply = self.send(asked).await;
        (reply.status, reply.header("content-type").to_owned(), reply.text)
    }

    /// Whether a key that the issuer publishes has signed it.
    async fn is_ours(&self, jwt: &str) -> bool {
        let set = self.send(self.http.get(self.kit.url("/oauth2/keys"))).await.body;
        let kid = header(jwt)["kid"].clone();
        let set: JwkSet = serde_json::from_value(set).unwrap();
        let key: Jwk = set.keys.into_iter().find(|key| kid == json!(key.kid)).unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        PublicKey::from_jwk(&key).unwrap().verify(signed.as_bytes(), &unb64(signature).unwrap()).is_ok()
    }
}

/// RFC 9701: for the one who asks, in its algorithm, and no token of anything.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_it_gets_the_answer_signed() {
    let mut w = World::start().await;
    for alg in Alg::ALL.map(|alg| alg.to_string()) {
        let app = w.app(&alg.to_lowercase(), json!({"dual_subject": "agent_only", "alg": alg})).await;
        let agent = w.agent(&format!("agent-of-{alg}")).await;
        w.assign(&agent.id, &app, None).await;
        let other = w.app(&format!("other-{}", alg.to_lowercase()), json!({})).await;
        let resource = ("resource", app.resource.as_str());
        let token = w.token(&agent.client, &[("grant_type", "client_credentials"), resource]).await.access();
        let (status, media, jwt) = w.heard(SIGNED, &app.guard, &token).await;
        assert_eq!((status, media.as_str()), (200, SIGNED));
        assert!(w.is_ours(&jwt).await);
        assert_eq!(
            (&header(&jwt)["typ"], &header(&jwt)["alg"]),
            (&json!("token-introspection+jwt"), &json!(alg))
        );
        let said = claims(&jwt);
        assert_eq!((&said["iss"], &said["aud"]), (&json!(w.issuer()), &json!(app.guard.id)));
        assert_eq!(said["iat"], w.now());
        let plain: Value =
            serde_json::from_str(&w.heard("application/json", &app.guard, &token).await.2).unwrap();
        assert_eq!(said["token_introspection"], plain);
        assert_eq!((said.get("sub"), said.get("exp")), (None, None), "§5: nobody takes it for a token");
        assert!(!w.alive(&app.guard, &jwt).await);
        // Foreign tokens are inactive, and signed as well; refusals stay what they are.
        let (_, _, foreign) = w.heard(SIGNED, &other.guard, &token).await;
        assert_eq!(claims(&foreign)["token_introspection"], json!({"active": false}));
        let nobody = Client { secret: "chs_wrong".to_owned(), ..app.guard.clone() };
        assert_eq!(w.heard(SIGNED, &nobody, &token).await.1, "application/json");
    }
    let (crm, token) = (w.app("crm", json!({})).await, "garbage");
    for accept in ["*/*", "application/*", "application/token-introspection+jwt;q=0", "application/jwt"] {
        assert_eq!(w.heard(accept, &crm.guard, token).await.1, "application/json", "{accept}");
    }
    for accept in
        ["application/json, application/token-introspection+jwt;q=0.5", "Application/Token-Introspection+JWT"]
    {
        assert_eq!(w.heard(accept, &crm.guard, token).await.1, SIGNED, "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_ends_its_own_tokens_at_once_and_nobody_elses() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let stranger = w.agent("stranger").await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    for (client, token) in [
        (&stranger.client, tokens.access.as_str()),
        (&stranger.client, &tokens.refresh),
        (&crm.guard, &tokens.access),
        (&agent.client, "garbage"),
        (&agent.client, "chr_garbage"),
    ] {
        let reply = w.as_client("/oauth2/revoke", client, &[("token", token)]).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, ""), "unknown, foreign and done look the same");
    }
    assert!(w.alive(&crm.guard, &tokens.access).await && w.alive(&agent.client, &tokens.refresh).await);
    assert_eq!(
        w.form("/oauth2/revoke", &[("token", &tokens.access)]).await.outcome(),
        (401, "invalid_client")
    );
    assert_eq!(w.as_client("/oauth2/revoke", &agent.client, &[]).await.outcome(), (400, "invalid_request"));
    let second = w.exchange(&agent.client, &tokens.access, &[CRM]).await.access();
    for _ in 0..2 {
        let fields = [("token", second.as_str()), ("token_type_hint", "refresh_token")];
        assert_eq!(w.as_client("/oauth2/revoke", &agent.client, &fields).await.status, 200);
        assert!(!w.alive(&crm.guard, &second).await);
    }
    assert!(w.alive(&crm.guard, &tokens.access).await, "one token alone");
    let second = w.exchange(&agent.client, &tokens.access, &[CRM]).await.access();
    assert_eq!(w.as_client("/oauth2/revoke", &agent.client, &[("token", &tokens.refresh)]).await.status, 200);
    assert!(
        !w.alive(&agent.client, &tokens.refresh).await && !w.alive(&crm.guard, &second).await,
        "and all that descends"
    );
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}

/// Standards, part J 4: the twin of its signature does not bring a token back.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_dead_under_the_twin_of_its_signature_too() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let token = w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await.access;
    let twin = mirrored(&token);
    assert!(token != twin && w.alive(&crm.guard, &twin).await, "it is as good as the other one");
    w.as_client("/oauth2/revoke", &agent.client, &[("token", &token)]).await;
    assert!(!w.alive(&crm.guard, &twin).await && !w.alive(&crm.guard, &token).await);
    assert_eq!(w.exchange(&agent.client, &twin, &[CRM]).await.outcome(), (400, "invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_opens_the_management_api_no_more() {
    let mut w = World::start().await;
    let client = crate::world::Client { id: w.kit.command_line().unwrap(), secret: String::new() };
    let api = w.api().await;
    let token = api.token.clone().unwrap();
    assert_eq!(w.get_with("/api/v1/users", &token).await.status, 200);
    assert_eq!(w.as_client("/oauth2/revoke", &client, &[("token", &token)]).await.status, 200);
    let reply = w.get_with("/api/v1/users", &token).await;
    assert_eq!(reply.status, 401);
    assert!(reply.header("www-authenticate").contains("invalid_token"));
    assert!(w.api().await.get("/api/v1/users").await.unwrap().status == 200, "a new one does");
}
