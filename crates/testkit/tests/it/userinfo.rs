//! Userinfo (OpenID Connect Core §5.3).

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn userinfo_says_what_the_scopes_allow_to_a_token_that_is_for_it() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let crm_to = ("resource", crm.resource.as_str());
    let token = async |scope: &'static str| w.sign_in(&alice, &agent.client, &[("scope", scope)]).await;
    let (bare, full) = (token("openid").await, token("openid profile email").await);
    assert_eq!(w.get_with("/oauth2/userinfo", &bare.access).await.body, json!({"sub": alice.id}));
    let reply = w.get_with("/oauth2/userinfo", &full.access).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!((&reply.body["sub"], &reply.body["name"]), (&json!(alice.id), &json!("alice")));
    assert_eq!((&reply.body["email"], &reply.body["email_verified"]), (&json!(alice.login), &json!(false)));
    let posted = w.http.post(w.kit.url("/oauth2/userinfo")).bearer_auth(&full.access);
    assert_eq!(w.send(posted).await.body["sub"], alice.id);
    let app = w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), crm_to]).await;
    let profile = token("profile").await;
    let cases = [
        ("garbage".to_owned(), 401, "invalid_token"),
        (app.access.clone(), 401, "invalid_token"),
        (app.body["id_token"].as_str().unwrap().to_owned(), 401, "invalid_token"),
        (app.refresh.clone(), 401, "invalid_token"),
        (profile.access.clone(), 403, "insufficient_scope"),
    ];
    for (token, status, error) in &cases {
        let reply = w.get_with("/oauth2/userinfo", token).await;
        assert_eq!(reply.outcome(), (*status, *error), "{token}");
        let challenge = reply.header("www-authenticate");
        assert!(
            challenge.starts_with(&format!("Bearer realm=\"chancery\", error=\"{error}\"")),
            "{challenge}"
        );
        assert_eq!(challenge.ends_with(", scope=\"openid\""), *status == 403, "what would help: {challenge}");
    }
    let bare_request = w.send(w.http.get(w.kit.url("/oauth2/userinfo"))).await;
    assert_eq!(
        (bare_request.status, bare_request.header("www-authenticate")),
        (401, "Bearer realm=\"chancery\"")
    );
    let in_query = w.http.get(w.kit.url(&format!("/oauth2/userinfo?access_token={}", full.access)));
    assert_eq!(w.send(in_query).await.status, 401);
    let in_form = w.http.post(w.kit.url("/oauth2/userinfo")).form(&[("access_token", &full.access)]);
    assert_eq!(w.send(in_form).await.status, 401);
    w.as_client("/oauth2/revoke", &agent.client, &[("token", &full.access)]).await;
    assert_eq!(w.get_with("/oauth2/userinfo", &full.access).await.status, 401, "revoked");
    w.make(&format!("/api/v1/users/{}/disable", alice.id), json!({"reason": "a test"})).await;
    assert_eq!(w.get_with("/oauth2/userinfo", &bare.access).await.status, 401, "the person is gone");
}
