//! Signing out at a client's request (OpenID Connect RP-Initiated Logout 1.0).

use serde_json::json;

use crate::world::{CALLBACK, Person, World, claims};
use chancery_testkit::{Browser, PASSWORD};

const BYE: &str = "https://agent.example/bye";

struct Out {
    w: World,
    alice: Person,
    browser: Browser,
    client: crate::world::Client,
    hint: String,
    access: String,
}

async fn signed_in() -> Out {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let client = w
        .client(json!({"name": "app", "agent": agent.id, "auth": "client_secret_basic",
        "grants": ["authorization_code"], "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [BYE]}))
        .await;
    let mut browser = w.kit.browser().unwrap();
    let tokens = w.sign_in_with(&mut browser, &alice, &client, &[("scope", "openid")]).await;
    let hint = tokens.body["id_token"].as_str().unwrap().to_owned();
    Out { w, alice, browser, client, hint, access: tokens.access }
}

fn path(fields: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/oauth2/logout", fields).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_hint_ends_the_session_its_tokens_and_leads_back() {
    let mut o = signed_in().await;
    assert_eq!(o.w.get_with("/oauth2/userinfo", &o.access).await.status, 200);
    o.w.advance(299);
    let page = o
        .browser
        .get(&path(&[("id_token_hint", &o.hint), ("post_logout_redirect_uri", BYE), ("state", "a b")]))
        .await
        .unwrap();
    assert_eq!((page.status, page.location.as_deref()), (303, Some("https://agent.example/bye?state=a+b")));
    assert_eq!(o.w.get_with("/oauth2/userinfo", &o.access).await.status, 401);
    assert!(!o.w.alive(&o.client, &o.access).await);
    assert_eq!(o.browser.get("/me").await.unwrap().status, 303);
    assert_eq!(o.w.events("session_ended").await.len(), 1);
    assert_eq!(claims(&o.hint)["sub"], o.alice.id);
}

/// RP-Initiated Logout 1.0 §2: by GET and POST, with a hint long expired, and whatever else may stand there.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hint_does_as_well_and_so_does_a_form() {
    for posted in [false, true] {
        let mut o = signed_in().await;
        o.w.advance(1_500);
        assert!(claims(&o.hint)["exp"].as_i64().unwrap() + 1_000 < o.w.now(), "long expired");
        assert_eq!(o.browser.get("/me").await.unwrap().status, 200, "and the person is still there");
        let fields = [
            ("id_token_hint", o.hint.as_str()),
            ("client_id", o.client.id.as_str()),
            ("post_logout_redirect_uri", BYE),
            ("state", "s"),
            ("logout_hint", o.alice.login.as_str()),
            ("ui_locales", "de en"),
            ("unknown", "ignored"),
        ];
        let form = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page = match posted {
            true => o.browser.post("/oauth2/logout", &form).await.unwrap(),
            false => o.browser.get(&path(&fields)).await.unwrap(),
        };
        assert_eq!((page.status, page.location.as_deref()), (303, Some("https://agent.example/bye?state=s")));
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(o.browser.get("/me").await.unwrap().status, 303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_proof_the_person_is_asked_and_nobody_is_sent_elsewhere() {
    let mut o = signed_in().await;
    let other = o.w.person("bob").await;
    let mut bob = o.w.kit.browser().unwrap();
    bob.sign_in(&other.login, PASSWORD).await.unwrap();
    let forged = format!("{}x", o.hint);
    let cases: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("post_logout_redirect_uri", BYE)],
        vec![("client_id", &o.client.id), ("post_logout_redirect_uri", BYE)],
        vec![("id_token_hint", &forged), ("post_logout_redirect_uri", BYE)],
        vec![("id_token_hint", &o.access), ("post_logout_redirect_uri", BYE)],
        vec![
            ("id_token_hint", &o.hint),
            ("client_id", "cli_00000000000000000000000001"),
            ("post_logout_redirect_uri", BYE),
        ],
    ];
    for fields in &cases {
        let page = o.browser.get(&path(fields)).await.unwrap();
        assert_eq!((page.status, &page.location), (200, &None), "{fields:?}");
        // Somebody else's browser is not signed out by this person's token either.
        let page = bob.get(&path(fields)).await.unwrap();
        assert_eq!((page.status, &page.location), (200, &None), "{fields:?}");
    }
    assert_eq!(bob.get(&path(&[("id_token_hint", &o.hint)])).await.unwrap().status, 200);
    assert_eq!(o.browser.get("/me").await.unwrap().status, 200, "still signed in");
    for elsewhere in
        ["https://evil.example", "https://agent.example/bye/", "https://agent.example/bye?x", CALLBACK]
    {
        let mut o = signed_in().await;
        let page = o
            .browser
            .get(&path(&[("id_token_hint", &o.hint), ("post_logout_redirect_uri", elsewhere)]))
            .await
            .unwrap();
        assert_eq!(page.location.as_deref(), Some("/signed-out"), "{elsewhere}");
    }
    let asked = o.browser.get(&path(&[("post_logout_redirect_uri", "https://evil.example")])).await.unwrap();
    let done = o.browser.submit(&asked, "/log-out", &[]).await.unwrap();
    assert_eq!((done.status, done.location.as_deref()), (303, Some("/signed-out")));
    assert_eq!(o.browser.get("/me").await.unwrap().status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_other_sessions_and_their_tokens_from_their_own_page() {
    let mut o = signed_in().await;
    let mut second = o.w.kit.browser().unwrap();
    second.sign_in(&o.alice.login, PASSWORD).await.unwrap();
    let page = second.get("/me").await.unwrap();
    let done = second.submit(&page, "/me/sessions/end-others", &[]).await.unwrap();
    assert_eq!(done.status, 303);
    assert_eq!(o.browser.get("/me").await.unwrap().status, 303);
    assert!(!o.w.alive(&o.client, &o.access).await);
    assert_eq!(second.get("/me").await.unwrap().status, 200);
    // A new password ends them as well, and has to be asked for with the old one.
    let typed = |current: &'static str| {
        [
            ("current", current),
            ("password", "another password entirely"),
            ("password_again", "another password entirely"),
        ]
    };
    o.browser.sign_in(&o.alice.login, PASSWORD).await.unwrap();
    let page = second.get("/me").await.unwrap();
    assert_eq!(
        second.submit(&page, "/me/password", &typed("wrong password of hers")).await.unwrap().status,
        400
    );
    assert_eq!(o.browser.get("/me").await.unwrap().status, 200);
    assert_eq!(second.submit(&page, "/me/password", &typed(PASSWORD)).await.unwrap().status, 303);
    assert_eq!(o.browser.get("/me").await.unwrap().status, 303);
    assert_eq!(o.browser.sign_in(&o.alice.login, PASSWORD).await.unwrap().status, 401);
}
