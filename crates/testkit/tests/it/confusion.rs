//! A token of one class is never taken for another (RFC 8725 §3.11, standards part J 1).

use chancery_jose::{
    AccessToken, Alg, ClientAssertion, IdToken, LogoutToken, RevocationFeed, SigningKey, sign,
};
use serde_json::{Value, json};

use crate::world::{
    ACCESS_TOKEN, BEARER_ASSERTION, CALLBACK, EXCHANGE, World, claims, header, hs256, unsigned, with_header,
};

const CIBA: &str = "urn:openid:params:grant-type:ciba";
const CRM: (&str, &str) = ("resource", "https://crm.example/api");

/// Classes that this server neither issues nor takes here, or that only others sign.
const FOREIGN: [&str; 8] = [
    "oauth-id-jag+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "txntoken+jwt",
    "oauth-authz-req+jwt",
    "token-introspection+jwt",
    "statuslist+jwt",
    "login-hint+jwt",
];

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
    let mut classes: Vec<(&str, String)> = vec![
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
    classes.extend(FOREIGN.map(|typ| {
        let head = json!({"alg": "ES256", "kid": ours.kid(), "typ": typ});
        (typ, with_header(ours, &head, &access))
    }));
    // Where each class is at home.
    let home = |place: &str, class: &str| match place {
        "introspect" | "subject" => ["access token", "userinfo token"].contains(&class),
        "api" => class == "management token",
        "userinfo" => class == "userinfo token",
        "sign-out" => false,
        "assertion" => class == "client assertion",
        _ => ["ID token", "our ID token with an access token's claims"].contains(&class),
    };
    for (class, token) in &classes {
        let places = ["introspect", "subject", "actor", "api", "userinfo", "assertion", "hint", "sign-out"];
        for place in places {
            // An ID token there ends the session, and the test with it: the room of signing out has that.
            if place == "sign-out" && home("hint", class) {
                continue;
            }
            let accepted = match place {
                "introspect" => w.alive(&agent.client, token).await,
                "subject" => w.exchange(&agent.client, token, &[CRM]).await.status == 200,
                "actor" => {
                    let more = [("actor_token", token.as_str()), ("actor_token_type", ACCESS_TOKEN), CRM];
                    w.exchange(&agent.client, &tokens.access, &more).await.status == 200
                }
                "api" => w.get_with("/api/v1/users", token).await.status == 200,
                "userinfo" => w.get_with("/oauth2/userinfo", token).await.status == 200,
                "sign-out" => {
                    let path = format!("/oauth2/logout?id_token_hint={token}");
                    browser.get(&path).await.unwrap().location.is_some()
                }
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
        // Whatever says to be that token without being one takes nothing from it.
        if !home("introspect", class) && *class != "refresh token" {
            w.as_client("/oauth2/revoke", &agent.client, &[("token", token)]).await;
            assert!(w.alive(&crm.guard, &tokens.access).await, "{class} revoked it");
        }
    }
}

/// The same, signed by a client, wherever it signs something.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_signed_for_one_use_serves_no_other() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let keyed = w.client(json!({"name": "keyed", "agent": agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": [CIBA], "backchannel_authentication_request_signing_alg": "ES256"})).await;
    let plain = w.client(json!({"name": "plain", "agent": agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": [CIBA]})).await;
    let (now, issuer) = (w.now(), w.issuer().to_owned());
    // Everything that any of the three needs, so that nothing but the type can be what is wrong.
    let all = |client: &str, jti: &str| {
        json!({"iss": client, "sub": client, "aud": issuer, "jti": jti, "iat": now, "nbf": now, "exp": now + 60,
            "scope": "openid crm.read", "resource": crm.resource, "login_hint": alice.login,
            "binding_message": format!("May it read, {jti}?"), "sub_id": {"format": "email", "email": alice.login}})
    };
    let written = |typ: &str, claims: &Value| with_header(&key, &json!({"alg": "ES256", "typ": typ}), claims);
    let without_subject = |mut claims: Value| {
        claims.as_object_mut().unwrap().remove("sub");
        claims
    };
    let proof = |client: &str, jti: &str| written("client-authentication+jwt", &all(client, jti));
    let own = ["client-authentication+jwt", "at+jwt", "logout+jwt", "revocations+jwt"];
    for (at, typ) in FOREIGN.into_iter().chain(own).enumerate() {
        let sent = async |used_as: &str, assertion: &str, more: &[(&str, &str)]| {
            let mut fields =
                vec![("client_assertion_type", BEARER_ASSERTION), ("client_assertion", assertion)];
            fields.extend_from_slice(more);
            let reply = w.form("/oauth2/bc-authorize", &fields).await;
            assert!([200, 400, 401].contains(&reply.status), "{typ} as {used_as}: {}", reply.text);
            reply
        };
        let (scope, hint) = (("scope", "openid crm.read"), ("login_hint", alice.login.as_str()));
        let message = format!("May it read, {at}?");
        let asked = [scope, CRM, hint, ("binding_message", message.as_str())];
        let proven = sent("assertion", &written(typ, &all(&plain.id, &format!("p{at}"))), &asked).await;
        let wanted = if typ == "client-authentication+jwt" { (200, "") } else { (401, "invalid_client") };
        assert_eq!(proven.outcome(), wanted, "{typ} as assertion: {}", proven.text);
        let object = written(typ, &without_subject(all(&keyed.id, &format!("o{at}"))));
        let signed = sent("request", &proof(&keyed.id, &format!("a{at}")), &[("request", &object)]).await;
        let wanted = if typ == "oauth-authz-req+jwt" { (200, "") } else { (400, "invalid_request_object") };
        assert_eq!(signed.outcome(), wanted, "{typ} as request: {}", signed.text);
        let named = written(typ, &all(&plain.id, &format!("h{at}")));
        let other = format!("And this, {at}?");
        let asked = [scope, CRM, ("login_hint_token", named.as_str()), ("binding_message", other.as_str())];
        let hinted = sent("hint", &proof(&plain.id, &format!("b{at}")), &asked).await;
        let wanted = if typ == "login-hint+jwt" { (200, "") } else { (400, "invalid_request") };
        assert_eq!(hinted.outcome(), wanted, "{typ} as hint: {}", hinted.text);
    }
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
        (
            "the issuer with a path",
            sign::<AccessToken, _>(ours, &with("iss", json!(format!("{}/t/other", w.issuer())))).unwrap(),
        ),
        (
            "the issuer in capitals",
            sign::<AccessToken, _>(ours, &with("iss", json!(w.issuer().to_uppercase()))).unwrap(),
        ),
        ("no issuer", sign::<AccessToken, _>(ours, &with("iss", Value::Null)).unwrap()),
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

/// Standards, part J 2, where this server is itself the resource: even of a token with our own signature every byte of the
/// audience counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_audience_that_only_looks_like_this_server_opens_nothing_of_it() {
    let mut w = World::start().await;
    let management = w.api().await.token.unwrap();
    let (alice, _, agent) = w.trio().await;
    let signed_in = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let ring = w.kit.running.platform.vault.ring();
    let ours = ring.active(Alg::Es256).unwrap();
    for (path, token) in [("/api/v1/users", &management), ("/oauth2/userinfo", &signed_in)] {
        let real = claims(token);
        let aud = real["aud"].as_str().unwrap();
        let forged = |aud: Value, jti: usize| {
            let mut changed = real.clone();
            changed["aud"] = aud;
            changed["jti"] = json!(format!("forged-{jti}"));
            sign::<AccessToken, _>(ours, &changed).unwrap()
        };
        for (at, wrong) in [
            json!(format!("{aud}/")),
            json!(format!("{aud}.evil.example")),
            json!(&aud[..aud.len() - 1]),
            json!(aud.to_uppercase()),
            json!(aud.replace("http://", "https://")),
            json!(aud.replace("127.0.0.1", "localhost")),
            json!([format!("{aud}/"), "https://evil.example"]),
            json!([]),
            json!(""),
            Value::Null,
            json!(w.kit.url("/oauth2/token")),
            json!(agent.client.id),
        ]
        .into_iter()
        .enumerate()
        {
            let reply = w.get_with(path, &forged(wrong.clone(), at)).await;
            assert_eq!(reply.status, 401, "{path} {wrong}");
            assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{path} {wrong}");
        }
        let among = json!(["https://other.example", aud]);
        assert_eq!(w.get_with(path, &forged(among, 99)).await.status, 200, "RFC 7519 §4.1.3: {path}");
        // RFC 6750 §2.3: never in the address, and not as a form of ours.
        let in_address = w.http.get(w.kit.url(&format!("{path}?access_token={token}")));
        assert!([400, 401].contains(&w.send(in_address).await.status), "{path}");
        assert_eq!(w.get_with(path, token).await.status, 200);
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
