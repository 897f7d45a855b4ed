use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use chancery_guard::{Profile, Require, StartError};
use chancery_jose::{
    AccessToken, Alg, ClientAssertion, IdToken, Introspection, LoginHint, LogoutToken, RequestObject,
    RevocationFeed, SigningKey,
};
use serde_json::json;

use crate::{
    api::Api,
    issuer::{self, now},
};

#[tokio::test]
async fn each_refusal_has_its_challenge() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::scope("crm.read")).await;

    // RFC 9728 §5.1: each challenge says where the metadata of this API is.
    let metadata = r#", resource_metadata="https://crm.example/.well-known/oauth-protected-resource""#;
    let bare = format!(r#"Bearer realm="crm"{metadata}"#);
    let none = api.send("", None).await;
    assert_eq!((none.status, none.challenge.as_ref()), (401, Some(&bare)));
    let basic = api.send("", Some("Basic YTpi")).await;
    assert_eq!((basic.status, basic.challenge.as_ref()), (401, Some(&bare)));
    let good = issuer.token(json!({}));
    assert_eq!(api.send(&format!("?access_token={good}"), None).await.error(), (400, "invalid_request"));
    let both = api.send(&format!("?access_token={good}"), Some(&format!("Bearer {good}"))).await;
    assert_eq!(both.error(), (400, "invalid_request"));
    let malformed = api.send("", Some("Bearer two words")).await;
    assert_eq!(malformed.error(), (400, "invalid_request"));
    assert!(malformed.challenge.unwrap().contains(r#"error="invalid_request""#));

    let narrow = api.call(&issuer.token(json!({"scope": "crm.export"}))).await;
    assert_eq!(narrow.error(), (403, "insufficient_scope"));
    let told = r#"error="insufficient_scope", error_description="the token lacks a scope this request needs", scope="crm.read""#;
    assert!(narrow.challenge.unwrap().ends_with(&format!("{told}{metadata}")));
}

#[tokio::test]
async fn each_wrong_token_is_invalid() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::scope("crm.read")).await;
    let stranger = SigningKey::generate(Alg::Es256).unwrap();
    let good = issuer.token(json!({}));
    let wrong = [
        ("nonsense", "nonsense".to_owned()),
        ("changed", format!("{}x", good)),
        ("expired", issuer.token(json!({"exp": now() - 6}))),
        ("from the future", issuer.token(json!({"iat": now() + 60}))),
        ("another audience", issuer.token(json!({"aud": "https://crm.example/"}))),
        ("another issuer", issuer.token(json!({"iss": format!("{}/", issuer.url)}))),
        ("another key", issuer.token_by::<AccessToken>(&stranger, json!({}))),
        ("an ID token", issuer.token_by::<IdToken>(&issuer.key, json!({}))),
        ("a client assertion", issuer.token_by::<ClientAssertion>(&issuer.key, json!({}))),
        ("an event of the feed", issuer.token_by::<RevocationFeed>(&issuer.key, json!({}))),
        ("a logout token", issuer.token_by::<LogoutToken>(&issuer.key, json!({}))),
        ("a signed introspection", issuer.token_by::<Introspection>(&issuer.key, json!({}))),
        ("a signed request", issuer.token_by::<RequestObject>(&issuer.key, json!({}))),
        ("a hint at a person", issuer.token_by::<LoginHint>(&issuer.key, json!({}))),
        ("without client", issuer.token(json!({"client_id": null}))),
        ("without jti", issuer.token(json!({"jti": null}))),
        ("bound to a key", issuer.token(json!({"cnf": {"jkt": "x"}}))),
        ("a service as subject of an agent", issuer.token(json!({"sub": "cli_1"}))),
        ("another organization", issuer.token(json!({"org_id": "org_2"}))),
    ];
    for (what, token) in wrong {
        let answer = api.call(&token).await;
        assert_eq!(answer.error(), (401, "invalid_token"), "{what}");
        let challenge = answer.challenge.unwrap();
        assert!(challenge.starts_with(r#"Bearer realm="crm", error="invalid_token""#), "{what}");
        let metadata = r#"resource_metadata="https://crm.example/.well-known/oauth-protected-resource""#;
        assert!(challenge.ends_with(metadata), "{what}: {challenge}");
    }
    assert_eq!(api.call(&good).await.status, 200);
}

/// Standards, part J 2: what is not the audience to the byte is another one.
#[tokio::test]
async fn an_audience_that_only_looks_like_this_api_is_another_one() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::scope("crm.read")).await;
    for aud in [
        json!("https://crm.exampl"),
        json!("https://crm.example.evil.example"),
        json!("https://crm.example/api"),
        json!("https://crm.example/"),
        json!("https://crm.example:443"),
        json!("https://CRM.example"),
        json!("HTTPS://crm.example"),
        json!("https://xn--rm-jlc.example"),
        json!("https://сrm.example"),
        json!("crm.example"),
        json!("https://x@crm.example"),
        json!(["https://evil.example"]),
        json!(["https://evil.example", "https://crm.example/"]),
        json!([]),
        json!(""),
        json!({"0": "https://crm.example"}),
        json!(issuer.url),
    ] {
        let answer = api.call(&issuer.token(json!({"aud": aud}))).await;
        assert_eq!(answer.error(), (401, "invalid_token"), "{aud}");
    }
    let among_others = json!({"aud": ["https://other.example", "https://crm.example"]});
    assert_eq!(api.call(&issuer.token(among_others)).await.status, 200, "RFC 7519 §4.1.3");
}

/// RFC 9470 §3: the challenge names what would do, and only what is asked.
#[tokio::test]
async fn a_person_who_proved_too_little_or_too_long_ago_is_sent_to_sign_in_anew() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let two = "urn:chancery:loa:2";
    let strict = Require::scope("crm.read").acr(two).acr("phr").max_age(Duration::from_secs(600));
    let both = Api::start(&guard, strict).await;
    let good = json!({"acr": two, "auth_time": now() - 590});
    assert_eq!(both.call(&issuer.token(good.clone())).await.status, 200);
    let wanted = r#"Bearer realm="crm", error="insufficient_user_authentication", error_description="the person has to sign in anew, as the challenge says", acr_values="urn:chancery:loa:2 phr", max_age="600", resource_metadata="#;
    for (name, value) in [
        ("acr", json!("urn:chancery:loa:1")),
        ("acr", json!(null)),
        ("acr", json!([two])),
        ("auth_time", json!(now() - 610)),
        ("auth_time", json!(null)),
        ("auth_time", json!("now")),
    ] {
        let mut claims = good.clone();
        claims[name] = value.clone();
        let answer = both.call(&issuer.token(claims)).await;
        assert_eq!(answer.error(), (401, "insufficient_user_authentication"), "{name}: {value}");
        assert!(answer.challenge.unwrap().starts_with(wanted), "{name}: {value}");
    }
    let recent = Api::start(&guard, Require::token().max_age(Duration::from_secs(600))).await;
    let old = recent.call(&issuer.token(json!({"auth_time": now() - 700}))).await;
    let challenge = old.challenge.unwrap();
    assert!(challenge.contains(r#", max_age="600""#) && !challenge.contains("acr_values"), "{challenge}");
    // Who lacks the scope as well hears of that first: signing in anew would not mend it.
    let narrow = both.call(&issuer.token(json!({"scope": "crm.export"}))).await;
    assert_eq!(narrow.error(), (403, "insufficient_scope"));
}

/// OAuth Actor Profile for Delegation: what is not said in its form is not believed, and the document says so.
#[tokio::test]
async fn a_delegation_names_its_actors_with_their_issuers_as_the_metadata_promises() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let api = Api::start(&guard, Require::token()).await;
    let document = guard.resource_metadata();
    assert_eq!(
        document,
        json!({"resource": "https://crm.example", "authorization_servers": [issuer.url],
            "bearer_methods_supported": ["header"], "actor_profile_required": true,
            "dual_principal_authorization_supported": true})
    );
    let act = |inner: serde_json::Value| json!({"sub": "agt_1", "iss": issuer.url, "act": inner});
    for refused in [
        json!({"act": {"sub": "agt_1"}}),
        json!({"act": {"iss": issuer.url}}),
        json!({"act": act(json!({"sub": "agt_2"}))}),
        json!({"act": act(json!({"iss": issuer.url}))}),
        json!({"act": "agt_1"}),
        json!({"act": [{"sub": "agt_1", "iss": issuer.url}]}),
        json!({"sub": "agt_9", "act": {"sub": "agt_1"}}),
        json!({"act": null, "act_as": "ann@example.com", "sub": "agt_1"}),
    ] {
        let answer = api.call(&issuer.token(refused.clone())).await;
        assert_eq!(answer.error(), (401, "invalid_token"), "{refused}");
    }
    let strange = json!({"act": {"sub": "agt_1", "iss": issuer.url, "sub_profile": "web_app x-robot"}});
    let answer = api.call(&issuer.token(strange)).await;
    assert_eq!(answer.body["profiles"], json!(["web_app x-robot"]), "kept as it stands, known or not");
    let other = issuer.builder().profile(Profile::Agbac).start().await.unwrap();
    assert_eq!(
        other.resource_metadata()["actor_profile_required"],
        false,
        "AGBAC names its actors otherwise"
    );
    assert_eq!(other.resource_metadata()["dual_principal_authorization_supported"], true);
}

#[tokio::test]
async fn a_chain_of_six_is_too_long() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let chain = |length: u32| {
        (0..length).fold(json!(null), |inner, n| match inner {
            serde_json::Value::Null => json!({"sub": format!("agt_{n}"), "iss": issuer.url}),
            inner => json!({"sub": format!("agt_{n}"), "iss": issuer.url, "act": inner}),
        })
    };
    assert_eq!(api.call(&issuer.token(json!({"act": chain(5)}))).await.status, 200);
    assert_eq!(api.call(&issuer.token(json!({"act": chain(6)}))).await.error(), (401, "invalid_token"));
}

#[tokio::test]
async fn a_guard_refuses_the_other_profiles() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let tokens = [
        (Profile::Rfc8693, json!({})),
        (Profile::Agbac, json!({"sub": "agent:travel", "act": {"sub": "user:ann"}, "agbac_ver": "1.0"})),
        (Profile::ActAs, json!({"sub": "agt_1", "act": null, "act_as": "ann@example.com"})),
    ];
    for (wanted, _) in &tokens {
        let api = Api::start(&guard, Require::scope("crm.read").delegated_only().profile(*wanted)).await;
        for (profile, claims) in &tokens {
            let expected = if wanted == profile { 200 } else { 401 };
            assert_eq!(
                api.call(&issuer.token(claims.clone())).await.status,
                expected,
                "{profile:?} at {wanted:?}"
            );
        }
        let swapped = json!({"sub": "user:ann", "act": {"sub": "agent:travel"}, "agbac_ver": "1.0"});
        let mixed = json!({"act_as": "ann@example.com"});
        let version = json!({"sub": "agent:travel", "act": {"sub": "user:ann"}, "agbac_ver": "2.0"});
        for claims in [swapped, mixed, version] {
            assert_eq!(api.call(&issuer.token(claims)).await.error(), (401, "invalid_token"));
        }
    }
    let api = Api::start(&guard, Require::token().profile(Profile::Agbac)).await;
    assert_eq!(api.call(&issuer.token(json!({"act": null}))).await.status, 200, "no delegation, no profile");
    let answer = api.call(&issuer.token(tokens[1].1.clone())).await;
    assert_eq!((&answer.body["user"], &answer.body["agent"]), (&json!("ann"), &json!("travel")));
}

#[tokio::test]
async fn allow_lists_look_at_the_present_actor_and_the_client() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let agents = Api::start(&guard, Require::token().agent("agt_1").agent("agt_3")).await;
    assert_eq!(agents.call(&issuer.token(json!({}))).await.status, 200);
    let named = |agent: &str| json!({"sub": agent, "iss": issuer.url});
    let mut second = json!({"act": named("agt_2")});
    second["act"]["act"] = named("agt_1");
    assert_eq!(agents.call(&issuer.token(second)).await.error(), (403, "access_denied"));
    let clients = Api::start(&guard, Require::token().client("cli_other")).await;
    assert_eq!(clients.call(&issuer.token(json!({}))).await.error(), (403, "access_denied"));
    let handed_on = issuer.token(json!({"sub": "agt_9", "act": named("agt_1"), "keys": ["agt_9", "agt_1"]}));
    assert_eq!(agents.call(&handed_on).await.status, 200);
    let delegated = Api::start(&guard, Require::token().delegated_only()).await;
    assert_eq!(delegated.call(&handed_on).await.error(), (403, "access_denied"), "no person is behind it");
    let person = issuer.token(json!({"act": null}));
    assert_eq!(delegated.call(&person).await.error(), (403, "access_denied"));
}

#[tokio::test]
async fn a_new_key_is_fetched_but_made_up_ones_are_not_chased() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    issuer.more_keys.lock().unwrap().push(SigningKey::generate(Alg::EdDsa).unwrap());
    let token = {
        let keys = issuer.more_keys.lock().unwrap();
        issuer.token_by::<AccessToken>(&keys[0], json!({}))
    };
    assert_eq!(api.call(&token).await.status, 200);
    let fetches = issuer.key_fetches.load(SeqCst);
    for _ in 0..5 {
        let made_up = SigningKey::generate(Alg::Es256).unwrap();
        assert_eq!(api.call(&issuer.token_by::<AccessToken>(&made_up, json!({}))).await.status, 401);
    }
    assert_eq!(issuer.key_fetches.load(SeqCst), fetches);
}

#[tokio::test]
async fn a_guard_that_cannot_work_does_not_start() {
    let issuer = issuer::start().await;
    let start = |builder: chancery_guard::Builder| async move { builder.start().await.unwrap_err() };
    let wrong = start(issuer.builder().client("cli guard", "wrong-secret")).await;
    assert!(matches!(&wrong, StartError::Client { error, .. } if error == "invalid_client"));
    assert!(!format!("{wrong} {wrong:?}").contains("wrong-secret"));
    let slash = chancery_guard::Guard::builder(format!("{}/", issuer.url)).audience("a").client("a", "b");
    assert!(matches!(start(slash).await, StartError::OtherIssuer { .. }));
    let plain = chancery_guard::Guard::builder("http://id.example").audience("a").client("a", "b");
    assert!(matches!(start(plain).await, StartError::Insecure));
    let builder = chancery_guard::Guard::builder(&issuer.url);
    assert!(matches!(start(builder.client("a", "b")).await, StartError::NoAudience));
    assert!(!format!("{:?}", issuer.builder()).contains("s3cret"));
}
