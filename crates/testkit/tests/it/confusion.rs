//! A token of one class is never taken for another (RFC 8725 §3.11, standards part J 1).

use chancery_jose::{
    AccessToken, Alg, ClientAssertion, IdToken, LogoutToken, RevocationFeed, SigningKey, sign,
};
use serde_json::{Value, json};

use crate::world::{
    ACCESS_TOKEN, BEARER_ASSERTION, CALLBACK, EXCHANGE, World, claims, header, hs256, unsigned, with_header,
};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn every_class_of_token_is_refused_wherever_another_is_expected() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let keyed = w.client(json!({"name": "keyed", "agent": agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": ["client_credentials", EXCHANGE]})).await;
    let mut browser = w.kit.browser().unwrap();
    let tokens =
        w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let signed_in = w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
    let management = w.api().await.token.unwrap();
    let now = w.now();
    let assertion =
        json!({"iss": keyed.id, "sub": keyed.id, "aud": w.issuer(), "jti": "1", "iat": now, "exp": now + 60});
    // Our own key signs other classes with the same claims: only the type tells them apart.
    let ring = w.kit.running.platform.vault.ring();
    let ours = ring.active(Alg::Es256).unwrap();
    let access = claims(&tokens.access);
    let classes: Vec<(&str, String)> = vec![
        ("access token", tokens.access.clone()),
        ("userinfo token", signed_in.access.clone()),
        ("management token", management),
        ("ID token", tokens.body["id_token"].as_str().unwrap().to_owned()),
        ("client assertion", sign::<ClientAssertion, _>(&key, &assertion).unwrap()),
        ("our ID token with an access token's claims", sign::<IdToken, _>(ours, &access).unwrap()),
        ("our logout token with an access token's claims", sign::<LogoutToken, _>(ours, &access).unwrap()),
        ("our feed with an access token's claims", sign::<RevocationFeed, _>(ours, &access).unwrap()),
        ("our assertion with an access token's claims", sign::<ClientAssertion, _>(ours, &access).unwrap()),
        ("refresh token", tokens.refresh.clone()),
    ];
    // Where each class is at home.
    let home = |place: &str, class: &str| match place {
        "introspect" | "subject" => ["access token", "userinfo token"].contains(&class),
        "api" => class == "management token",
        "userinfo" => class == "userinfo token",
        "assertion" => class == "client assertion",
        _ => ["ID token", "our ID token with an access token's claims"].contains(&class),
    };
    for (class, token) in &classes {
        for place in ["introspect", "subject", "actor", "api", "userinfo", "assertion", "hint"] {
            let accepted = match place {
                "introspect" => w.alive(&agent.client, token).await,
                "subject" => w.exchange(&agent.client, token, &[CRM]).await.status == 200,
                "actor" => {
                    let more = [("actor_token", token.as_str()), ("actor_token_type", ACCESS_TOKEN), CRM];
                    w.exchange(&agent.client, &tokens.access, &more).await.status == 200
                }
                "api" => w.get_with("/api/v1/users", token).await.status == 200,
                "userinfo" => w.get_with("/oauth2/userinfo", token).await.status == 200,
                "assertion" => {
                    let fields = [
                        ("token", "x"),
                        ("client_assertion_type", BEARER_ASSERTION),
                        ("client_assertion", token),
                    ];
                    w.form("/oauth2/introspect", &fields).await.status == 200
                }
                _ => {
                    let path = w.request(
                        &agent.client,
                        &[("prompt", "none"), ("scope", "openid"), ("id_token_hint", token)],
                    );
                    browser.get(&path).await.unwrap().location.unwrap().contains("code=")
                }
            };
            let wanted = match place {
                // The caller's own live token, whatever it is for.
                "actor" => home("subject", class),
                // A refresh token is introspected as one.
                "introspect" => home(place, class) || *class == "refresh token",
                _ => home(place, class),
            };
            // An ID token with another's claims names no client in `aud`, and is no hint.
            assert_eq!(accepted, wanted, "{class} at {place}");
        }
    }
    assert!(w.alive(&crm.guard, &tokens.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_access_token_opens_nothing() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let (real, head) = (claims(&tokens.access), header(&tokens.access));
    let thief = SigningKey::generate(Alg::Es256).unwrap();
    let ring = w.kit.running.platform.vault.ring();
    let (ours, edwards) = (ring.active(Alg::Es256).unwrap(), ring.active(Alg::EdDsa).unwrap());
    let public = serde_json::to_string(ours.public().jwk()).unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = real.clone();
        changed[name] = value;
        changed
    };
    let headed = |name: &str, value: Value| {
        let mut changed = head.clone();
        changed[name] = value;
        changed
    };
    let jwk = serde_json::to_value(thief.public().jwk()).unwrap();
    let (body, sig) = tokens.access.rsplit_once('.').unwrap();
    let forged = [
        ("a thief's key", sign::<AccessToken, _>(&thief, &real).unwrap()),
        ("a thief's key under our kid", with_header(&thief, &head, &real)),
        ("the thief's key along", with_header(&thief, &headed("jwk", jwk), &real)),
        ("no signature", unsigned(&real)),
        ("an empty signature", format!("{body}.")),
        ("a cut signature", format!("{body}.{}", &sig[..sig.len() - 4])),
        ("HMAC with the public key", hs256(&public, &headed("alg", json!("HS256")), &real)),
        ("our other key under this kid", with_header(edwards, &headed("alg", json!("EdDSA")), &real)),
        ("no type", with_header(ours, &json!({"alg": "ES256", "kid": head["kid"]}), &real)),
        (
            "unknown crit",
            with_header(
                ours,
                &{
                    let mut h = headed("crit", json!(["x"]));
                    h["x"] = json!(1);
                    h
                },
                &real,
            ),
        ),
        (
            "another issuer",
            sign::<AccessToken, _>(ours, &with("iss", json!("https://evil.example"))).unwrap(),
        ),
        (
            "the issuer with a slash",
            sign::<AccessToken, _>(ours, &with("iss", json!(format!("{}/", w.issuer())))).unwrap(),
        ),
        ("expired", sign::<AccessToken, _>(ours, &with("exp", json!(w.now()))).unwrap()),
        ("from the future", sign::<AccessToken, _>(ours, &with("iat", json!(w.now() + 60))).unwrap()),
        ("not yet valid", sign::<AccessToken, _>(ours, &with("nbf", json!(w.now() + 60))).unwrap()),
        ("of no organization", sign::<AccessToken, _>(ours, &with("org_id", Value::Null)).unwrap()),
        (
            "of another organization",
            sign::<AccessToken, _>(ours, &with("org_id", json!("org_00000000000000000000000001"))).unwrap(),
        ),
        (
            "without a jti",
            sign::<AccessToken, _>(ours, &{
                let mut c = real.clone();
                c.as_object_mut().unwrap().remove("jti");
                c
            })
            .unwrap(),
        ),
    ];
    for (name, token) in forged {
        assert!(!w.alive(&crm.guard, &token).await, "{name}");
        assert_eq!(
            w.exchange(&agent.client, &token, &[CRM]).await.outcome(),
            (400, "invalid_request"),
            "{name}"
        );
        assert_eq!(w.get_with("/oauth2/userinfo", &token).await.status, 401, "{name}");
        assert_eq!(w.get_with("/api/v1/users", &token).await.status, 401, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_whose_times_are_absurd_is_no_hint_and_no_crash() {
    let w = World::start().await;
    let exps = [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX];
    let key = SigningKey::generate(Alg::Es256).unwrap();
    for exp in exps {
        let hint =
            sign::<IdToken, _>(&key, &json!({"iss": w.issuer(), "exp": exp, "sub": "x", "aud": CALLBACK}))
                .unwrap();
        let reply = w.send(w.http.get(w.kit.url(&format!("/oauth2/logout?id_token_hint={hint}")))).await;
        assert!(reply.status < 400, "{exp}: {}", reply.status);
    }
}
