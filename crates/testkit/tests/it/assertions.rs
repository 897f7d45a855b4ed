//! Clients that prove themselves with a key: RFC 7523 §3 and its 2026 revision.

use chancery_jose::{Alg, ClientAssertion, IdToken, LogoutToken, SigningKey, sign};
use serde_json::{Value, json};

use crate::world::{BEARER_ASSERTION, Client, World, hs256, mirrored, unsigned, with_header};

struct Keyed {
    w: World,
    client: Client,
    key: SigningKey,
    other: SigningKey,
    other_client: Client,
}

async fn keyed(strict: bool) -> Keyed {
    let mut w = World::start().await;
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    let [key, other] = [Alg::Es256, Alg::Es256].map(|alg| SigningKey::generate(alg).unwrap());
    let mut clients = Vec::new();
    for key in [&key, &other] {
        let body = json!({"name": format!("keyed {}", clients.len()), "agent": agent.id, "auth": "private_key_jwt",
            "jwks": [key.public().jwk()], "grants": ["client_credentials"], "strict_audience": strict});
        clients.push(w.client(body).await);
    }
    let other_client = clients.pop().unwrap();
    Keyed { w, client: clients.pop().unwrap(), key, other, other_client }
}

impl Keyed {
    fn claims(&self, jti: &str) -> Value {
        let now = self.w.now();
        json!({"iss": self.client.id, "sub": self.client.id, "aud": self.w.issuer(), "jti": jti, "iat": now, "exp": now + 60})
    }

    /// The usual claims with some of them changed; null leaves one out.
    fn with(&self, jti: &str, changes: Value) -> Value {
        let mut all = self.claims(jti);
        let map = all.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                map.remove(name)
            } else {
                map.insert(name.clone(), value.clone())
            };
        }
        all
    }

    fn signed(&self, claims: &Value) -> String {
        sign::<ClientAssertion, _>(&self.key, claims).unwrap()
    }

    async fn try_it(&self, assertion: &str) -> (u16, String) {
        let reply = self.w.form("/oauth2/token", &fields(assertion)).await;
        assert!(!reply.text.contains(assertion), "{}", reply.text);
        assert_eq!(reply.header("www-authenticate").is_empty(), reply.status != 401);
        (reply.status, reply.outcome().1.to_owned())
    }
}

fn fields(assertion: &str) -> [(&str, &str); 3] {
    [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", BEARER_ASSERTION),
        ("client_assertion", assertion),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_for_this_server_by_the_clients_key_is_believed_and_nothing_else() {
    let k = keyed(false).await;
    let (now, issuer) = (k.w.now(), k.w.issuer().to_owned());
    let endpoint = format!("{issuer}/oauth2/token");
    let changed = [
        (json!({}), true),
        (json!({"aud": [issuer]}), true),
        (json!({"aud": endpoint}), true),
        (json!({"aud": [endpoint]}), true),
        (json!({"aud": [issuer, endpoint]}), false),
        (json!({"aud": [issuer, "https://evil.example"]}), false),
        (json!({"aud": []}), false),
        (json!({"aud": null}), false),
        (json!({"aud": "https://evil.example"}), false),
        (json!({"aud": format!("{issuer}/")}), false),
        (json!({"aud": format!("{issuer}/oauth2")}), false),
        (json!({"aud": issuer.to_uppercase()}), false),
        (json!({"jti": null}), false),
        (json!({"exp": null}), false),
        (json!({"exp": now - 11}), false),
        (json!({"exp": now + 3_600}), true),
        (json!({"exp": now + 3_611}), false),
        (json!({"exp": now + 315_360_000}), false),
        (json!({"exp": 1e300}), false),
        (json!({"exp": "soon"}), false),
        (json!({"nbf": now + 60}), false),
        (json!({"iat": now + 60}), false),
        (json!({"iss": null}), false),
        (json!({"sub": null}), false),
        (json!({"iss": k.other_client.id}), false),
        (json!({"sub": k.other_client.id}), false),
        (json!({"iss": k.other_client.id, "sub": k.other_client.id}), false),
    ];
    for (at, (changes, believed)) in changed.iter().enumerate() {
        let (status, error) = k.try_it(&k.signed(&k.with(&format!("jti-{at}"), changes.clone()))).await;
        let wanted = if *believed { (200, "") } else { (401, "invalid_client") };
        assert_eq!((status, error.as_str()), wanted, "{changes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_names_the_person_is_an_error_of_the_request() {
    // standards §37: a bare `act` in a client assertion is `invalid_request`, signed or not.
    let k = keyed(false).await;
    for act in [json!({"sub": "user:boss@corp.example"}), json!("user:boss@corp.example")] {
        let proof = k.signed(&k.with("jti-act", json!({"act": act})));
        assert_eq!(k.try_it(&proof).await, (400, "invalid_request".to_owned()), "{act}");
    }
    assert_eq!(k.try_it(&k.signed(&k.claims("jti-act"))).await.0, 200, "without it the client is believed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_key_that_names_no_algorithm_signs_in_both_paddings() {
    let mut k = keyed(false).await;
    for (alg, alg_name) in [(Alg::Ps256, "PS256"), (Alg::Rs256, "RS256")] {
        let key = SigningKey::generate(alg).unwrap();
        let mut jwk = serde_json::to_value(key.public().jwk()).unwrap();
        jwk.as_object_mut().unwrap().retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
        let agent = k.w.read(&format!("/api/v1/clients/{}", k.client.id)).await["agent"].clone();
        let body = json!({"name": format!("{alg:?}"), "agent": agent, "auth": "private_key_jwt", "jwks": [jwk],
            "grants": ["client_credentials"]});
        let client = k.w.client(body).await;
        let claims = k.with("jti-rsa", json!({"iss": client.id, "sub": client.id}));
        let header = json!({"alg": alg_name, "typ": "JWT"});
        assert_eq!(k.try_it(&with_header(&key, &header, &claims)).await, (200, String::new()), "{alg:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_algorithm_nor_type_nor_header_can_talk_the_server_into_another_key() {
    let k = keyed(false).await;
    let kid = k.key.kid().to_owned();
    let jwk = serde_json::to_value(k.other.public().jwk()).unwrap();
    let public = serde_json::to_string(k.key.public().jwk()).unwrap();
    let typed = |typ: &str| json!({"alg": "ES256", "typ": typ, "kid": kid});
    let by = |key: &SigningKey, header: Value, jti: &str| with_header(key, &header, &k.claims(jti));
    let cases = [
        ("no type and no kid", by(&k.key, json!({"alg": "ES256"}), "1"), true),
        ("the type's long form", by(&k.key, typed("application/client-authentication+jwt"), "2"), true),
        ("JWT", by(&k.key, typed("JWT"), "3"), true),
        ("an access token's type", by(&k.key, typed("at+jwt"), "4"), false),
        ("a logout token's type", by(&k.key, typed("logout+jwt"), "5"), false),
        ("an identity assertion's type", by(&k.key, typed("oauth-id-jag+jwt"), "6"), false),
        ("a proof's type", by(&k.key, typed("dpop+jwt"), "7"), false),
        ("a security event's type", by(&k.key, typed("secevent+jwt"), "20"), false),
        ("a transaction token's type", by(&k.key, typed("txntoken+jwt"), "21"), false),
        ("a signed request's type", by(&k.key, typed("oauth-authz-req+jwt"), "22"), false),
        ("a hint's type", by(&k.key, typed("login-hint+jwt"), "23"), false),
        ("a signed introspection's type", by(&k.key, typed("token-introspection+jwt"), "24"), false),
        ("unknown crit", by(&k.key, json!({"alg": "ES256", "crit": ["x"], "x": 1}), "8"), false),
        ("empty crit", by(&k.key, json!({"alg": "ES256", "crit": []}), "9"), false),
        ("another kid", by(&k.key, json!({"alg": "ES256", "kid": "../../etc/passwd"}), "10"), false),
        ("a stranger's key", by(&k.other, json!({"alg": "ES256"}), "11"), false),
        ("a stranger's key under this kid", by(&k.other, json!({"alg": "ES256", "kid": kid}), "12"), false),
        ("its own key along", by(&k.other, json!({"alg": "ES256", "jwk": jwk}), "13"), false),
        (
            "its own key elsewhere",
            by(&k.other, json!({"alg": "ES256", "jku": "http://127.0.0.1:9/k"}), "14"),
            false,
        ),
        (
            "its own certificate elsewhere",
            by(&k.other, json!({"alg": "ES256", "x5u": "http://127.0.0.1:9/c"}), "25"),
            false,
        ),
        ("its own certificate along", by(&k.other, json!({"alg": "ES256", "x5c": ["MIIB"]}), "26"), false),
        ("a kid for a database", by(&k.key, json!({"alg": "ES256", "kid": "' or '1'='1"}), "27"), false),
        ("another algorithm's name", by(&k.key, json!({"alg": "EdDSA"}), "15"), false),
        (
            "HMAC with the public key",
            hs256(&public, &json!({"alg": "HS256", "kid": kid}), &k.claims("16")),
            false,
        ),
        ("no signature", unsigned(&k.claims("17")), false),
        ("not a token", "garbage".to_owned(), false),
    ];
    for (name, assertion, believed) in cases {
        let (status, error) = k.try_it(&assertion).await;
        let wanted = if believed { (200, "") } else { (401, "invalid_client") };
        assert_eq!((status, error.as_str()), wanted, "{name}");
    }
    let id_token = sign::<IdToken, _>(&k.key, &k.claims("18")).unwrap();
    assert_eq!(k.try_it(&id_token).await.0, 200, "typ JWT is what old clients write");
    let logout = sign::<LogoutToken, _>(&k.key, &k.claims("19")).unwrap();
    assert_eq!(k.try_it(&logout).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_client_is_believed_for_the_issuer_alone() {
    let k = keyed(true).await;
    let endpoint = k.w.kit.url("/oauth2/token");
    assert_eq!(k.try_it(&k.signed(&k.with("1", json!({"aud": endpoint})))).await.0, 401);
    assert_eq!(k.try_it(&k.signed(&k.claims("2"))).await.0, 200);
    // Nor for longer than five minutes, which other clients may take more of.
    let now = k.w.now();
    for (at, (exp, believed)) in
        [(now + 300, true), (now + 310, true), (now + 311, false)].into_iter().enumerate()
    {
        let status = k.try_it(&k.signed(&k.with(&format!("3{at}"), json!({"exp": exp})))).await.0;
        assert_eq!(status == 200, believed, "{}", exp - now);
    }
}

/// RFC 7521 §4.2 and RFC 7523 with its 2026 revision, §4 and §5: one rule at every endpoint, and the issuer is the audience.
#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_believes_the_same_assertions() {
    for strict in [false, true] {
        let k = keyed(strict).await;
        let at = |path: &str| format!("{}{path}", k.w.issuer());
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/bc-authorize"] {
            let cases = [
                ("the issuer", json!(k.w.issuer()), None, true),
                ("the token endpoint", json!(at("/oauth2/token")), None, !strict),
                ("introspection", json!(at("/oauth2/introspect")), None, false),
                ("revocation", json!(at("/oauth2/revoke")), None, false),
                ("the backchannel", json!(at("/oauth2/bc-authorize")), None, false),
                ("the issuer among others", json!([k.w.issuer(), "https://evil.example"]), None, false),
                ("itself by name", json!(k.w.issuer()), Some(k.client.id.as_str()), true),
                ("another by name", json!(k.w.issuer()), Some(k.other_client.id.as_str()), false),
                ("nobody by name", json!(k.w.issuer()), Some("nonsense"), false),
            ];
            for (what, aud, named, believed) in cases {
                let assertion = k.signed(&k.with(&format!("{path} {what}"), json!({"aud": aud})));
                let more = [("client_id", named.unwrap_or_default()), ("token", "x"), ("scope", "openid")];
                let fields = [&fields(&assertion)[..], &more[usize::from(named.is_none())..]].concat();
                let reply = k.w.form(path, &fields).await;
                // Whoever is believed hears of the rest of the request.
                assert_eq!(reply.status != 401, believed, "{path} {what}: {}", reply.text);
                let refused = reply.outcome() == (401, "invalid_client");
                assert_eq!(refused, !believed, "{path} {what}: {}", reply.text);
                k.w.advance(11);
            }
        }
    }
}

/// Standards, part J 4: an ECDSA signature has a twin that fits as well. What is used once goes by its name, not its bytes.
#[tokio::test(flavor = "multi_thread")]
async fn the_twin_of_a_used_assertion_is_used_too() {
    let k = keyed(false).await;
    let assertion = k.signed(&k.claims("twin"));
    let twin = mirrored(&assertion);
    assert_ne!(assertion, twin);
    assert_eq!(k.try_it(&mirrored(&k.signed(&k.claims("another")))).await.0, 200, "both are the key's own");
    assert_eq!(k.try_it(&assertion).await.0, 200);
    assert_eq!(k.try_it(&twin).await, (401, "invalid_client".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_works_once_even_for_a_hundred_at_a_time() {
    let mut k = keyed(false).await;
    let assertion = k.signed(&k.claims("once"));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (http, url, assertion) = (k.w.http.clone(), k.w.kit.url("/oauth2/token"), assertion.clone());
        all.spawn(
            async move { http.post(url).form(&fields(&assertion)).send().await.unwrap().status().as_u16() },
        );
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    // Who caught it can come back with it a few times and have that recorded; then it is only counted.
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 30, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 69, "{answers:?}");
    assert_eq!(k.w.events("client_authentication_failed").await.len(), 30);
    assert_eq!(k.try_it(&k.signed(&k.claims("fresh"))).await.0, 200, "its owner is not kept waiting");
    // Another client may use the same identifier: nobody burns somebody else's.
    let mut theirs = k.claims("once");
    theirs["iss"] = json!(k.other_client.id);
    theirs["sub"] = json!(k.other_client.id);
    assert_eq!(k.try_it(&sign::<ClientAssertion, _>(&k.other, &theirs).unwrap()).await.0, 200);
    // It stays spent for as long as it could be accepted, and at the other endpoints too.
    k.w.advance(65);
    assert_eq!(k.try_it(&assertion).await.0, 401);
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let fresh = k.signed(&k.claims(path));
        let sent = |assertion: &str| {
            let fields = [
                ("token", "x"),
                ("client_assertion_type", BEARER_ASSERTION),
                ("client_assertion", assertion),
            ];
            k.w.http.post(k.w.kit.url(path)).form(&fields)
        };
        assert_eq!(k.w.send(sent(&fresh)).await.status, 200, "{path}");
        assert_eq!(k.w.send(sent(&fresh)).await.status, 401, "{path}");
        assert_eq!(k.try_it(&fresh).await.0, 401, "{path}");
    }
    // What is refused has used it up as well.
    k.w.advance(60);
    for path in ["/oauth2/bc-authorize", "/oauth2/bc-wait"] {
        let fresh = k.signed(&k.claims(path));
        let refused = k.w.form(path, &fields(&fresh)[1..]).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
        assert_eq!(k.w.form(path, &fields(&fresh)[1..]).await.status, 401, "{path}");
        assert_eq!(k.try_it(&fresh).await.0, 401, "{path}");
    }
    assert!(!k.w.events("client_authentication_failed").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_proves_nothing_any_more() {
    let mut k = keyed(false).await;
    assert_eq!(k.try_it(&k.signed(&k.claims("1"))).await.0, 200);
    let fresh = SigningKey::generate(Alg::EdDsa).unwrap();
    let path = format!("/api/v1/clients/{}", k.client.id);
    let api = k.w.api().await;
    let version = api.get(&path).await.unwrap().etag;
    let body = json!({"keys": [fresh.public().jwk()]});
    api.send(reqwest::Method::PUT, &format!("{path}/keys"), Some(body), version).await.unwrap().ok().unwrap();
    assert_eq!(k.try_it(&k.signed(&k.claims("2"))).await.0, 401);
    let claims = k.claims("3");
    assert_eq!(k.try_it(&sign::<ClientAssertion, _>(&fresh, &claims).unwrap()).await.0, 200);
}
