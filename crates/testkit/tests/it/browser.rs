//! The authorization endpoint as browsers, and those who trick browsers, meet it.

use serde_json::json;

use crate::world::{CALLBACK, Client, World, parameters};
use chancery_testkit::{ADMINISTRATOR, PASSWORD};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_client_and_its_own_address_nobody_is_sent_anywhere() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let native = w
        .client(json!({"name": "native", "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"]}))
        .await;
    let twice = format!("{}&client_id={}", w.request(&agent.client, &[]), native.id);
    let two_addresses = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", w.request(&agent.client, &[]));
    let mut cases = vec![
        w.request(&agent.client, &[("client_id", "cli_00000000000000000000000001")]),
        w.request(&agent.client, &[("client_id", "nonsense")]),
        w.request(&agent.client, &[("client_id", "")]),
        w.request(&native, &[("redirect_uri", "")]),
        twice,
        two_addresses,
    ];
    let tricks = [
        "https://evil.example/callback",
        "https://agent.example@evil.example/callback",
        "https://agent.example.evil.example/callback",
        "https://agent.example:443/callback",
        "https://agent.example./callback",
        "https://AGENT.example/callback",
        "HTTPS://agent.example/callback",
        "http://agent.example/callback",
        "https://agent.example/callback/",
        "https://agent.example/callback/../evil",
        "https://agent.example/%63allback",
        "https://agent.example/callback?x=1",
        "https://agent.example/callback#x",
        "https://agent.example/callback%00",
        "https://agent.example/callback\\@evil.example",
        "https://agent.example",
        "//agent.example/callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
    ];
    cases.extend(tricks.map(|uri| w.request(&agent.client, &[("redirect_uri", uri)])));
    let loopback = [
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:x/cb",
        "https://127.0.0.1/cb",
        "http://127.0.0.2/cb",
        "http://127.1/cb",
        "http://[::2]/cb",
        "http://[::1]:8/cb2",
        "com.example.app:/cb2",
        "com.example.app://evil/cb",
    ];
    cases.extend(loopback.map(|uri| w.request(&native, &[("redirect_uri", uri)])));
    for path in &cases {
        // Signed in or not, asked nicely or not: a page, and no redirect.
        for path in [path.clone(), format!("{path}&prompt=none")] {
            let page = w.desk.get(&path).await.unwrap();
            assert_eq!((page.status, &page.location), (400, &None), "{path}");
        }
    }
    for fine in ["http://127.0.0.1:49152/cb", "http://[::1]:8/cb", "com.example.app:/cb"] {
        let page =
            w.desk.get(&w.request(&native, &[("redirect_uri", fine), ("prompt", "none")])).await.unwrap();
        assert!(page.location.unwrap().starts_with(fine), "{fine}");
    }
    w.make(&format!("/api/v1/clients/{}/disable", native.id), json!({"reason": "a test"})).await;
    let path = w.request(&native, &[("redirect_uri", "com.example.app:/cb")]);
    assert_eq!(w.desk.get(&path).await.unwrap().status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_rest_travels_to_the_client_with_state_and_issuer() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let tool = w
        .client(json!({"name": "tool", "agent": agent.id, "auth": "client_secret_basic",
        "grants": ["authorization_code"], "redirect_uris": [CALLBACK]}))
        .await;
    let long = "x".repeat(600);
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    let cases = [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "code id_token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "abc")], "invalid_request"),
        (vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")], "invalid_request"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("nonce", &long)], "invalid_request"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "dance")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("claims", "[]")], "invalid_request"),
        (vec![("request", "e30.e30.")], "request_not_supported"),
        (vec![("request_uri", "https://evil.example/r")], "request_uri_not_supported"),
        (vec![("registration", "{}")], "registration_not_supported"),
        (vec![("resource", "https://nowhere.example")], "invalid_target"),
        (vec![("resource", "https://crm.example/api#x")], "invalid_target"),
        (vec![("scope", "crm.read")], "invalid_scope"),
        (vec![CRM, ("authorization_details", r#"[{"type":"payment"}]"#)], "invalid_authorization_details"),
        (vec![("authorization_details", "[")], "invalid_authorization_details"),
        (vec![("claims", &deep)], "invalid_request"),
        (vec![("acr_values", &long)], "invalid_request"),
        (vec![("ui_locales", &long)], "invalid_request"),
        (vec![("login_hint", &long)], "invalid_request"),
        (vec![CRM, ("scope", "crm.read \u{1}")], "invalid_scope"),
        (vec![("prompt", "none"), ("scope", "openid")], "login_required"),
    ];
    let mut stranger = w.kit.browser().unwrap();
    for (fields, wanted) in cases {
        let page = stranger.get(&w.request(&tool, &fields)).await.unwrap();
        let got = parameters(&page);
        assert_eq!((page.status, &page.headers["cache-control"]), (303, &"no-store".parse().unwrap()));
        assert!(page.location.unwrap().starts_with(CALLBACK));
        let told = (got["error"].as_str(), got["state"].as_str(), got["iss"].as_str());
        assert_eq!(told, (wanted, "st", w.issuer()), "{fields:?}");
    }
    let guest = w
        .client(json!({"name": "guest", "agent": agent.id, "auth": "client_secret_basic",
        "grants": ["client_credentials"]}))
        .await;
    assert_eq!(stranger.get(&w.request(&guest, &[])).await.unwrap().status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_prompt_none_is_answered_without_any_page() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let ask = [("prompt", "none"), ("scope", "openid crm.read"), CRM];
    let mut browser = w.kit.browser().unwrap();
    let error = |page| parameters(&page).remove("error").unwrap_or_default();
    assert_eq!(error(browser.get(&w.request(&agent.client, &ask)).await.unwrap()), "login_required");
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    assert_eq!(error(browser.get(&w.request(&agent.client, &ask)).await.unwrap()), "consent_required");
    let tokens = w.sign_in_with(&mut browser, &alice, &agent.client, &ask[1..]).await;
    assert_eq!(error(browser.get(&w.request(&agent.client, &ask)).await.unwrap()), "");
    let hint = tokens.body["id_token"].as_str().unwrap().to_owned();
    let hinted = |hint: &str| w.request(&agent.client, &[&ask[..], &[("id_token_hint", hint)]].concat());
    assert_eq!(error(browser.get(&hinted(&hint)).await.unwrap()), "");
    assert_eq!(error(browser.get(&hinted("e30.e30.e30")).await.unwrap()), "login_required");
    assert_eq!(error(w.desk.get(&hinted(&hint)).await.unwrap()), "login_required", "somebody else sits here");
    w.advance(100);
    let aged = |age: &str| w.request(&agent.client, &[&ask[..], &[("max_age", age)]].concat());
    assert_eq!(error(browser.get(&aged("99")).await.unwrap()), "login_required");
    assert_eq!(error(browser.get(&aged("100")).await.unwrap()), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_sign_in_again_is_asked_once() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let garbage = "e30.eyJleHAiOi05MjIzMzcyMDM2ODU0Nzc1ODA4fQ.AA";
    let long = "s".repeat(2_000);
    let cases = [
        vec![("prompt", "login")],
        vec![("prompt", "login consent")],
        vec![("prompt", "consent login select_account")],
        vec![("prompt", "select_account")],
        vec![("max_age", "0")],
        vec![("max_age", "10")],
        vec![("id_token_hint", garbage)],
        vec![("state", &long)],
        vec![("login_hint", &alice.login)],
    ];
    for more in cases {
        let mut browser = w.kit.browser().unwrap();
        browser.sign_in(&alice.login, PASSWORD).await.unwrap();
        w.advance(30);
        let again = more
            .iter()
            .any(|(name, value)| *name == "max_age" || value.contains("login") || value.contains("select"));
        let path = w.request(&agent.client, &[&[("scope", "openid crm.read"), CRM][..], &more].concat());
        let mut page = browser.get(&path).await.unwrap();
        if again && more[0].0 != "login_hint" {
            let to = page.location.clone().unwrap();
            assert!(to.starts_with("/sign-in?request=%2Foauth2%2Fauthorize"), "{more:?}: {to}");
            let form = browser.get(&to).await.unwrap();
            let typed = [("login", alice.login.as_str()), ("password", PASSWORD)];
            page = browser.submit(&form, "/sign-in", &typed).await.unwrap();
            page = browser.get(page.location.as_deref().unwrap()).await.unwrap();
        }
        // The person reads what they are asked, if they are asked, for longer than any `max_age` here.
        w.advance(20);
        if page.status == 200 {
            page = browser.submit(&page, "/consent", &[("answer", "allow")]).await.unwrap();
        }
        assert!(parameters(&page).contains_key("code"), "{more:?}: {page:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_request_survives_the_sign_in_and_a_hint_fills_the_form() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let state = "s".repeat(2_048);
    let mut browser = w.kit.browser().unwrap();
    let path =
        w.request(&agent.client, &[("state", &state), ("login_hint", &alice.login), ("scope", "openid")]);
    let to = browser.get(&path).await.unwrap().location.unwrap();
    assert!(browser.get(&to).await.unwrap().body.contains(&format!("value=\"{}\"", alice.login)));
    assert_eq!(parameters(&w.walk(&mut browser, &alice, &path).await)["state"], state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_answer_is_a_form_for_the_clients_address_alone() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let state = "\"><script>alert(1)</script>";
    let path =
        w.request(&agent.client, &[("response_mode", "form_post"), ("scope", "openid"), ("state", state)]);
    let page = w.walk(&mut browser, &alice, &path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("method=\"post\"") && page.body.contains(&format!("action=\"{CALLBACK}\"")));
    for name in ["code", "state", "iss"] {
        assert!(page.body.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(!page.body.contains("<script>alert"), "what clients send is text");
    let denied = w.request(
        &agent.client,
        &[("response_mode", "form_post"), ("prompt", "none"), ("scope", "openid"), CRM],
    );
    let page = browser.get(&denied).await.unwrap();
    assert!(page.body.contains("consent_required") && page.location.is_none(), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_leads_back_into_this_server_or_to_its_front_door() {
    let w = World::start().await;
    let tricks = [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%2fevil.example",
        "/%5Cevil.example",
        "\\evil",
        "/\t/evil.example",
        "/ok\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ];
    for trick in tricks {
        let mut browser = w.kit.browser().unwrap();
        let encoded = reqwest::Url::parse_with_params("http://x/", [("request", trick)]).unwrap();
        let page = browser.get(&format!("/sign-in?{}", encoded.query().unwrap())).await.unwrap();
        assert!(trick.is_empty() || !page.body.contains(&format!("value=\"{trick}\"")), "{trick}");
        let typed = [("login", ADMINISTRATOR), ("password", PASSWORD), ("request", trick)];
        let done = browser.submit(&page, "/sign-in", &typed).await.unwrap();
        assert_eq!((done.status, done.location.as_deref()), (303, Some("/")), "{trick}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_changes_with_every_sign_in_and_the_old_one_opens_nothing() {
    let mut w = World::start().await;
    let bob = w.person("bob").await;
    let mut browser = w.kit.browser().unwrap();
    // A thief plants a cookie of his own making, and one that he knows.
    browser.cookies.insert("chancery".into(), "planted".into());
    browser.sign_in(&bob.login, PASSWORD).await.unwrap();
    let first = browser.cookies["chancery"].clone();
    assert_ne!(first, "planted");
    browser.sign_in(&bob.login, PASSWORD).await.unwrap();
    let second = browser.cookies["chancery"].clone();
    assert_ne!(first, second);
    browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
    let third = browser.cookies["chancery"].clone();
    for (cookie, status) in [("planted", 303), (first.as_str(), 303), (&third, 200), ("", 303)] {
        browser.cookies.insert("chancery".into(), cookie.to_owned());
        assert_eq!(browser.get("/me").await.unwrap().status, status, "{cookie}");
    }
    let request = w.http.get(w.kit.url("/sign-in"));
    let reply = w.send(request).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!((reply.header("x-frame-options"), reply.header("referrer-policy")), ("DENY", "no-referrer"));
    assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_works_without_the_token_of_its_page() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let path = w.request(&agent.client, &[("scope", "openid crm.read"), CRM]);
    w.walk(&mut browser, &alice, &path).await;
    let grant = w.read("/api/v1/grants").await["items"][0]["id"].as_str().unwrap().to_owned();
    let ask = path.strip_prefix("/oauth2/authorize?").unwrap().to_owned() + "&prompt=consent";
    let forms = [
        ("/consent".to_owned(), vec![("answer", "allow"), ("request", ask.as_str())]),
        ("/log-out".to_owned(), vec![]),
        (format!("/me/consents/{grant}/withdraw"), vec![]),
        ("/me/sessions/end-others".to_owned(), vec![]),
        ("/me/sessions/ses_00000000000000000000000001/end".to_owned(), vec![]),
        (
            "/me/password".to_owned(),
            vec![
                ("current", PASSWORD),
                ("password", "another password entirely"),
                ("password_again", "another password entirely"),
            ],
        ),
        ("/sign-in".to_owned(), vec![("login", ADMINISTRATOR), ("password", PASSWORD)]),
    ];
    let before = happened(&mut w).await;
    let foreign = w.kit.browser().unwrap().get("/sign-in").await.unwrap().body;
    let foreign =
        foreign.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (path, fields) in &forms {
        for token in [None, Some(""), Some("nonsense"), Some(foreign.as_str())] {
            let fields = fields.iter().copied().chain(token.map(|t| ("csrf", t)));
            let fields: Vec<_> = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let page = browser.post(path, &fields).await.unwrap();
            assert!([400, 403].contains(&page.status), "{path} {token:?}: {}", page.status);
            assert!(page.location.is_none());
        }
    }
    assert_eq!(browser.get("/me").await.unwrap().status, 200, "still signed in, as the same person");
    assert_eq!(happened(&mut w).await, before, "nothing happened");
}

/// What is in the log besides the reader's own tokens.
async fn happened(w: &mut World) -> Vec<String> {
    let all = w.read("/api/v1/events?limit=100").await["items"].as_array().unwrap().clone();
    let kinds = all.iter().map(|event| event["kind"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind != "person_token_decided").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organizations_session_is_nobody_at_anothers_client() {
    let mut w = World::start().await;
    let other = crate::walls::isolation::second_organization(&w).await;
    let client = Client { id: other.command_line.id.to_string(), secret: String::new() };
    let fields = [("redirect_uri", "http://127.0.0.1:1/callback"), ("prompt", "none")];
    let page = w.desk.get(&w.request(&client, &fields)).await.unwrap();
    assert_eq!(parameters(&page)["error"], "login_required");
}
