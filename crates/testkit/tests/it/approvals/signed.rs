//! Signed requests, tokens that name a person, and clients that are held to FAPI-CIBA.

use chancery_jose::{Alg, ClientAssertion, LoginHint, RequestObject, SigningKey, sign};
use serde_json::{Value, json};

use super::{CIBA, Desk};
use crate::world::{BEARER_ASSERTION, Client, Reply};

struct Signer {
    d: Desk,
    key: SigningKey,
    client: Client,
}

async fn signer(settings: Value) -> Signer {
    let mut d = Desk::open().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let mut body = json!({"name": "signs", "agent": d.agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": [CIBA]});
    body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let client = d.w.client(body).await;
    Signer { d, key, client }
}

impl Signer {
    /// The usual claims of a request; null leaves one out.
    fn claims(&self, jti: &str, changes: Value) -> Value {
        let now = self.d.w.now();
        let mut all = json!({"iss": self.client.id, "aud": self.d.w.issuer(), "iat": now, "nbf": now, "exp": now + 300, "jti": jti,
            "scope": "openid crm.pay", "resource": self.d.crm.resource, "login_hint": self.d.brandon.login,
            "binding_message": format!("Pay {jti}?"), "requested_expiry": 120});
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        all
    }

    async fn send(&self, jti: &str, fields: &[(&str, &str)]) -> Reply {
        let now = self.d.w.now();
        let claims = json!({"iss": self.client.id, "sub": self.client.id, "aud": self.d.w.issuer(), "jti": format!("a-{jti}"),
            "iat": now, "exp": now + 60});
        let assertion = sign::<ClientAssertion, _>(&self.key, &claims).unwrap();
        let mut all =
            vec![("client_assertion_type", BEARER_ASSERTION), ("client_assertion", assertion.as_str())];
        all.extend_from_slice(fields);
        self.d.w.form("/oauth2/bc-authorize", &all).await
    }

    async fn signed(&self, jti: &str, changes: Value) -> Reply {
        let object = sign::<RequestObject, _>(&self.key, &self.claims(jti, changes)).unwrap();
        self.send(jti, &[("request", &object)]).await
    }
}

const ES256: &str = "backchannel_authentication_request_signing_alg";

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_is_taken_for_what_its_claims_say_once() {
    let s = signer(json!({(ES256): "ES256"})).await;
    let reply = s.signed("1", json!({})).await;
    assert_eq!((reply.status, reply.body["expires_in"].as_i64()), (200, Some(120)), "{}", reply.text);
    let object = sign::<RequestObject, _>(&s.key, &s.claims("2", json!({}))).unwrap();
    assert_eq!(s.send("2", &[("request", &object)]).await.status, 200);
    let again = s.send("3", &[("request", &object)]).await;
    assert_eq!(again.outcome(), (400, "invalid_request_object"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_of_somebody_else_or_for_somebody_else_is_refused() {
    let s = signer(json!({(ES256): "ES256"})).await;
    let now = s.d.w.now();
    let cases = [
        json!({"iss": "cli_00000000000000000000000001"}),
        json!({"aud": "https://evil.example"}),
        json!({"aud": [s.d.w.issuer(), "https://evil.example"]}),
        json!({"exp": now - 60}),
        json!({"exp": now + 4_000}),
        json!({"nbf": now - 4_000}),
        json!({"nbf": null}),
        json!({"iat": null}),
        json!({"jti": null}),
        json!({"sub": s.client.id}),
    ];
    for (n, changes) in cases.into_iter().enumerate() {
        let reply = s.signed(&format!("{n}"), changes.clone()).await;
        assert_eq!(reply.outcome(), (400, "invalid_request_object"), "{changes} {}", reply.text);
    }
    let other = SigningKey::generate(Alg::Es256).unwrap();
    let forged = sign::<RequestObject, _>(&other, &s.claims("f", json!({}))).unwrap();
    assert_eq!(s.send("f", &[("request", &forged)]).await.outcome(), (400, "invalid_request_object"));
    let unsigned = crate::world::unsigned(&s.claims("u", json!({})));
    assert_eq!(s.send("u", &[("request", &unsigned)]).await.outcome(), (400, "invalid_request_object"));
    // The other classes of token that a client signs.
    let assertion = sign::<ClientAssertion, _>(&s.key, &s.claims("c", json!({}))).unwrap();
    assert_eq!(s.send("c", &[("request", &assertion)]).await.outcome(), (400, "invalid_request_object"));
    let good = sign::<RequestObject, _>(&s.key, &s.claims("b", json!({}))).unwrap();
    let beside = s.send("b", &[("request", &good), ("binding_message", "another")]).await;
    assert_eq!(beside.outcome(), (400, "invalid_request"), "{}", beside.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_registered_to_sign_cannot_ask_unsigned_and_the_other_way_round() {
    let s = signer(json!({(ES256): "ES256"})).await;
    let plain = [
        ("scope", "openid crm.pay"),
        ("login_hint", s.d.brandon.login.as_str()),
        ("resource", s.d.crm.resource.as_str()),
    ];
    assert_eq!(s.send("1", &plain).await.outcome(), (400, "invalid_request"));
    let s = signer(json!({})).await;
    assert_eq!(s.signed("1", json!({})).await.outcome(), (400, "request_not_supported"));
    let s = signer(json!({(ES256): "PS256"})).await;
    assert_eq!(
        s.signed("1", json!({})).await.outcome(),
        (400, "invalid_request_object"),
        "another algorithm"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_held_to_fapi_signs_and_says_what_it_is_about() {
    let s = signer(json!({(ES256): "ES256", "fapi_ciba": true})).await;
    assert_eq!(s.signed("1", json!({"binding_message": null})).await.outcome(), (400, "invalid_request"));
    assert_eq!(s.signed("2", json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_client_names_the_person() {
    let s = signer(json!({})).await;
    let now = s.d.w.now();
    let hint = |changes: Value| {
        let mut claims = json!({"iss": s.client.id, "aud": s.d.w.issuer(), "iat": now, "exp": now + 60,
            "sub_id": {"format": "email", "email": s.d.brandon.login}});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        sign::<LoginHint, _>(&s.key, &claims).unwrap()
    };
    let ask = async |n: &str, token: &str| {
        let message = format!("Pay {n}?");
        let fields = [
            ("scope", "openid crm.pay"),
            ("resource", s.d.crm.resource.as_str()),
            ("login_hint_token", token),
            ("binding_message", message.as_str()),
        ];
        s.send(n, &fields).await
    };
    assert_eq!(ask("1", &hint(json!({}))).await.status, 200);
    let subject = json!({"sub_id": {"format": "iss_sub", "iss": s.d.w.issuer(), "sub": s.d.brandon.id}});
    assert_eq!(ask("2", &hint(subject)).await.status, 200);
    let nobody = json!({"sub_id": {"format": "email", "email": "nobody@corp.example"}});
    assert_eq!(ask("3", &hint(nobody)).await.outcome(), (400, "unknown_user_id"));
    assert_eq!(ask("4", &hint(json!({"exp": now - 60}))).await.outcome(), (400, "expired_login_hint_token"));
    for (n, changes) in
        [json!({"iss": "cli_x"}), json!({"aud": "https://evil.example"}), json!({"sub_id": "brandon"})]
            .into_iter()
            .enumerate()
    {
        let reply = ask(&format!("5{n}"), &hint(changes.clone())).await;
        assert_eq!(reply.outcome(), (400, "invalid_request"), "{changes}");
    }
    let other = SigningKey::generate(Alg::Es256).unwrap();
    let forged = sign::<LoginHint, _>(
        &other,
        &json!({"iss": s.client.id, "aud": s.d.w.issuer(), "exp": now + 60,
        "sub_id": {"format": "email", "email": s.d.brandon.login}}),
    )
    .unwrap();
    assert_eq!(ask("6", &forged).await.outcome(), (400, "invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_second_factor_is_not_approved_without_one() {
    let mut d = Desk::open().await;
    let asked = d.ask_with(&[("acr_values", "urn:chancery:loa:2 urn:chancery:loa:1")]).await;
    let page = d.answers(&asked, "approve").await;
    let to = page.location.unwrap_or_default();
    assert!(
        to.contains("second"),
        "a password alone is not enough, and they are led to prove more: {to} {}",
        page.body
    );
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"));
    assert_eq!(d.answers(&asked, "deny").await.status, 303, "a no needs no proof");
}
