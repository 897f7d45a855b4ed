//! The authorization code with PKCE, end to end through the pages (RFC 6749 §4.1, RFC 7636, RFC 9207, OpenID Connect
//! Core §3.1).

use chancery_jose::{Alg, at_hash};
use serde_json::json;

use chancery_testkit::PASSWORD;

use crate::world::{CALLBACK, CHALLENGE, Client, Tokens, VERIFIER, World, claims, parameters};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_consents_and_the_agent_gets_what_was_agreed() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    w.advance(7);
    let signed_in = w.now();
    let fields = [("scope", "openid email crm.read"), CRM, ("nonce", "n-1")];
    let page = w.walk(&mut browser, &alice, &w.request(&agent.client, &fields)).await;
    assert_eq!(page.status, 303);
    assert!(page.location.as_deref().unwrap().starts_with(CALLBACK));
    let got = parameters(&page);
    assert_eq!((got["state"].as_str(), got["iss"].as_str()), ("st", w.issuer()));
    w.advance(5);
    let tokens = Tokens::of(&w.redeem(&agent.client, &got["code"]).await);
    let access = claims(&tokens.access);
    assert_eq!((&access["sub"], &access["aud"]), (&json!(alice.id), &json!(crm.resource)));
    assert_eq!(
        (&access["act"]["sub"], &access["act"]["sub_profile"]),
        (&json!(agent.id), &json!("ai_agent"))
    );
    assert_eq!(
        (&access["scope"], &access["auth_time"]),
        (&json!("crm.read email openid"), &json!(signed_in))
    );
    assert!(access["run_id"].is_string() && access["pos"].is_i64(), "{access}");
    let id = claims(tokens.body["id_token"].as_str().unwrap());
    assert_eq!(
        (&id["iss"], &id["aud"], &id["sub"]),
        (&json!(w.issuer()), &json!(agent.client.id), &json!(alice.id))
    );
    assert_eq!(
        (&id["nonce"], &id["auth_time"], &id["iat"]),
        (&json!("n-1"), &json!(signed_in), &json!(w.now()))
    );
    assert_eq!(id["at_hash"], at_hash(Alg::Es256, &tokens.access));
    assert_eq!(
        (&id["email"], &id["amr"], &id["azp"]),
        (&json!(alice.login), &json!(["pwd"]), &json!(agent.client.id))
    );
    assert!(id["sid"].as_str().unwrap().starts_with("ses_") && id.get("name").is_none(), "{id}");
    assert!(w.alive(&crm.guard, &tokens.access).await);
    // The second time nobody is asked, and without `openid` there is no ID token.
    let page = browser.get(&w.request(&agent.client, &[("scope", "crm.read"), CRM])).await.unwrap();
    let again = w.redeem(&agent.client, &parameters(&page)["code"]).await;
    assert!(again.body.get("id_token").is_none(), "{}", again.text);
    let decided = &w.events("token_decided").await[0];
    assert_eq!(decided["data"]["evidence"]["user"]["user"], alice.id, "{decided}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_used_twice_ends_everything_that_came_of_it() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let first = Tokens::of(&w.redeem(&agent.client, &code).await);
    let refreshed = Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    let derived = w.exchange(&agent.client, &first.access, &[CRM]).await.access();
    assert_eq!(w.redeem(&agent.client, &code).await.outcome(), (400, "invalid_grant"));
    for token in [&first.access, &refreshed.access, &derived] {
        assert!(!w.alive(&crm.guard, token).await);
    }
    assert_eq!(w.refresh(&agent.client, &refreshed.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.exchange(&agent.client, &first.access, &[CRM]).await.outcome(), (400, "invalid_request"));
    assert_eq!(w.events("code_replayed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_code_of_the_command_line_ends_its_access_to_the_api() {
    let mut w = World::start().await;
    let client = Client { id: w.kit.command_line().unwrap(), secret: String::new() };
    let (api, back) = (w.kit.api_resource(), "http://127.0.0.1:4711/callback");
    let path = w.request(&client, &[("resource", &api), ("redirect_uri", back)]);
    let code = parameters(&w.desk.get(&path).await.unwrap()).remove("code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", back),
        ("code_verifier", VERIFIER),
    ];
    let token = w.token(&client, &fields).await.access();
    assert_eq!(w.get_with("/api/v1/users", &token).await.status, 200);
    assert_eq!(w.token(&client, &fields).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.get_with("/api/v1/users", &token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_redemptions_at_once_one_succeeds() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let code =
        w.code(&mut w.kit.browser().unwrap(), &alice, &agent.client, &[("scope", "crm.read"), CRM]).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let request = w.http.post(w.kit.url("/oauth2/token")).form(&agent.client.with(&fields));
        all.spawn(async move { crate::world::Reply::read(request.send().await.unwrap()).await });
    }
    let replies = all.join_all().await;
    let won: Vec<_> = replies.iter().filter(|r| r.status == 200).collect();
    assert_eq!(won.len(), 1);
    assert!(replies.iter().all(|r| r.status == 200 || r.outcome() == (400, "invalid_grant")));
    assert!(!w.alive(&crm.guard, &won[0].access()).await, "a replay kills the winner's tokens too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_for_its_client_its_address_its_verifier_and_one_minute() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let other = w.face(&agent.id, "another face").await;
    let mut browser = w.kit.browser().unwrap();
    let long = "a".repeat(129);
    let cases = [
        (vec![("code_verifier", "")], "invalid_grant"),
        (vec![("code_verifier", "short")], "invalid_grant"),
        (vec![("code_verifier", CHALLENGE)], "invalid_grant"),
        (vec![("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")], "invalid_grant"),
        (vec![("code_verifier", &long)], "invalid_grant"),
        (vec![("redirect_uri", "")], "invalid_grant"),
        (vec![("redirect_uri", "https://agent.example/callback/")], "invalid_grant"),
        (vec![("redirect_uri", "https://evil.example/callback")], "invalid_grant"),
        (vec![("code", "nonsense")], "invalid_grant"),
        (vec![("code", "")], "invalid_request"),
        (vec![("resource", "https://mail.example/api")], "invalid_target"),
        (vec![("resource", w.issuer())], "invalid_target"),
        (vec![("client_id", &other.id), ("client_secret", &other.secret)], "invalid_grant"),
    ];
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "crm.read"), CRM]).await;
    let send = |changes: Vec<(&str, &str)>| {
        let mut fields = agent.client.with(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        w.http.post(w.kit.url("/oauth2/token")).form(&fields)
    };
    for (changes, wanted) in cases {
        let reply = w.send(send(changes.clone())).await;
        assert_eq!(reply.outcome(), (400, wanted), "{changes:?}: {}", reply.text);
    }
    w.advance(59);
    let reply = w.send(send(vec![("resource", "https://crm.example/api/")])).await;
    assert_eq!(reply.status, 200, "nobody else's mistakes used it up: {}", reply.text);
    assert!(w.alive(&crm.guard, &reply.access()).await);
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "crm.read"), CRM]).await;
    w.advance(60);
    assert_eq!(w.redeem(&agent.client, &code).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_without_a_resource_is_for_this_servers_userinfo_alone() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let reply = w.token(&agent.client, &[&fields[..], &[CRM]].concat()).await;
    assert_eq!(reply.outcome(), (400, "invalid_target"), "{}", reply.text);
    let reply = w.token(&agent.client, &[&fields[..], &[("resource", w.issuer())]].concat()).await;
    assert_eq!(claims(&reply.access())["aud"], w.issuer());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_dies_with_the_sign_in_it_came_from() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let page = browser.get("/log-out").await.unwrap();
    assert_eq!(browser.submit(&page, "/log-out", &[]).await.unwrap().status, 303);
    assert_eq!(w.redeem(&agent.client, &code).await.outcome(), (400, "invalid_grant"));
    // And with the person.
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    w.make(&format!("/api/v1/users/{}/disable", alice.id), json!({"reason": "a test"})).await;
    let reply = w.redeem(&agent.client, &code).await;
    assert_eq!(reply.status, 400, "{}", reply.text);
    assert!(["access_denied", "invalid_grant"].contains(&reply.outcome().1), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_sign_in_does_not_get_past_it_by_the_way_back() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let scope = ("scope", "openid");
    w.sign_in_with(&mut browser, &alice, &agent.client, &[scope]).await;
    for demand in [("prompt", "login"), ("max_age", "0")] {
        w.advance(5);
        let page = browser.get(&w.request(&agent.client, &[scope, demand])).await.unwrap();
        let to = page.location.unwrap();
        assert!(to.starts_with("/sign-in"), "{to}");
        let url = reqwest::Url::parse(&w.kit.url(&to)).unwrap();
        let back = url.query_pairs().find(|(name, _)| name == "request").unwrap().1.into_owned();
        let skipped = browser.get(&back).await.unwrap().location.unwrap();
        assert!(skipped.starts_with("/sign-in"), "{skipped}");
        let forged = back.replace("chancery_asked=", "chancery_asked=1");
        assert!(browser.get(&forged).await.unwrap().location.unwrap().starts_with("/sign-in"));
        let form = browser.get(&to).await.unwrap();
        let typed = [("login", alice.login.as_str()), ("password", PASSWORD)];
        let done = browser.submit(&form, "/sign-in", &typed).await.unwrap().location.unwrap();
        let answer = browser.get(&done).await.unwrap().location.unwrap();
        assert!(answer.contains("code="), "{answer}");
        w.advance(3_700);
        browser.sign_in(&alice.login, PASSWORD).await.unwrap();
        w.advance(5);
        let stale = browser.get(&done).await.unwrap().location.unwrap();
        assert!(stale.starts_with("/sign-in"), "an old way back is none: {stale}");
    }
}
