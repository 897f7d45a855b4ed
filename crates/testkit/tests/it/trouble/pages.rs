//! Browsers that send nonsense, or are made to.

use chancery_testkit::{ADMINISTRATOR, PASSWORD};
use reqwest::header::{COOKIE, ORIGIN};

use crate::world::{CALLBACK, CHALLENGE, Reply, VERIFIER, World, parameters};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_authorization_that_is_none_gets_a_page_and_no_redirect() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let right = w.request(&agent.client, &[("scope", "openid")]);
    let cases = [
        "&scope=%ff",
        "&scope=%c0%af",
        "&scope=a%00b",
        "&scope=%zz",
        "&state=x",
        "&code_challenge=x",
        "&nonce=1&nonce=2",
        "&response_type=code",
        "&prompt=none&prompt=login",
        "&redirect_uri=",
        "&client_id=",
    ];
    for more in cases.into_iter().map(str::to_owned).chain([format!("&x={}", "a".repeat(17_000))]) {
        let page = w.desk.get(&format!("{right}{more}")).await.unwrap();
        assert_eq!((page.status, &page.location), (400, &None), "{}", &more[..more.len().min(40)]);
        assert!(page.body.contains("</html>"), "a page for people");
    }
    // Posted, it is the same request; whatever is not one is refused as well.
    let (path, form) = right.split_once('?').unwrap();
    let cookies: Vec<String> = w.desk.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let post = |body: Vec<u8>| {
        let request = w.http.post(w.kit.url(path)).header(COOKIE, cookies.join("; "));
        w.send(request.header("content-type", "application/x-www-form-urlencoded").body(body))
    };
    let (asked, repeated) = (post(form.into()).await, post(format!("{form}&state=x").into()).await);
    assert_eq!((asked.status, repeated.status), (200, 400));
    let no_text = post([form.as_bytes(), b"&scope=\xff"].concat()).await;
    assert_eq!((no_text.status, no_text.header("location")), (400, ""));
    let huge = post([form.as_bytes(), b"&x=", &vec![b'a'; 600_000]].concat()).await;
    assert_eq!((huge.status, huge.header("location")), (413, ""));
    // RFC 9700 §2.6: programs of other origins have no business here.
    let foreign = w.http.get(w.kit.url(&right)).header(ORIGIN, "https://evil.example");
    assert_eq!(w.send(foreign).await.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_page_is_refused_when_it_is_none() {
    let mut w = World::start().await;
    let cookies: Vec<String> = w.desk.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let page = w.desk.get("/me").await.unwrap();
    let csrf =
        page.body.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let coded = "application/x-www-form-urlencoded";
    let with = |more: &[u8]| [format!("csrf={csrf}&name=fresh").as_bytes(), more].concat();
    let cases: Vec<(&str, &str, Vec<u8>, u16)> = vec![
        ("json", "application/json", format!("{{\"csrf\":\"{csrf}\",\"name\":\"fresh\"}}").into_bytes(), 415),
        ("text", "text/plain", with(b""), 415),
        ("parts", "multipart/form-data; boundary=x", with(b""), 415),
        ("no text", coded, with(b"&description=\xff"), 400),
        ("no escape", coded, with(b"&description=%zz"), 400),
        ("a nul", coded, with(b"&description=%00"), 400),
        ("a repeated field", coded, with(b"&name=other"), 400),
        ("a repeated token", coded, with(format!("&csrf={csrf}").as_bytes()), 400),
        ("huge", coded, with(&[b"&description=".to_vec(), vec![b'a'; 600_000]].concat()), 413),
    ];
    for path in ["/console/groups", "/sign-in", "/consent", "/log-out", "/me/password"] {
        for (what, kind, body, wanted) in &cases {
            let request =
                w.http.post(w.kit.url(path)).header(COOKIE, cookies.join("; ")).header("content-type", *kind);
            let reply = w.send(request.body(body.clone())).await;
            assert_eq!((reply.status, reply.header("location")), (*wanted, ""), "{path} {what}");
        }
    }
    assert!(!w.read("/api/v1/groups").await.to_string().contains("fresh"), "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_nothing_without_the_verifier_of_its_own_challenge() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let fields = |code: &str, verifier: Option<&str>| {
        let mut all = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
        ];
        all.extend(verifier.map(|text| ("code_verifier", text.to_owned())));
        all
    };
    // RFC 9700 §4.8.2: the challenge is left out, weakened, or the attacker's own.
    let own = "b".repeat(43);
    for downgrade in [
        vec![("code_challenge", "")],
        vec![("code_challenge_method", "plain")],
        vec![("code_challenge_method", "")],
    ] {
        let page = w
            .walk(
                &mut browser,
                &alice,
                &w.request(&agent.client, &[&[("scope", "openid")][..], &downgrade].concat()),
            )
            .await;
        assert_eq!(parameters(&page).remove("error").as_deref(), Some("invalid_request"), "{downgrade:?}");
    }
    let code = w.code(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
    for (verifier, wanted) in [
        (None, 400),
        (Some(""), 400),
        (Some(CHALLENGE), 400),
        (Some(own.as_str()), 400),
        (Some(VERIFIER), 200),
    ] {
        let fields = fields(&code, verifier);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(w.token(&agent.client, &fields).await.status, wanted, "{verifier:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_person_cannot_be_slipped_to_another() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let thief = w.person("thief").await;
    // The thief's code, injected into the victim's client, does not fit the challenge the client made for the victim.
    let theirs = w.code(&mut w.kit.browser().unwrap(), &thief, &agent.client, &[("scope", "openid")]).await;
    let other = "c".repeat(43);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", theirs.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &other),
    ];
    assert_eq!(w.token(&agent.client, &fields).await.outcome(), (400, "invalid_grant"));
    // A session that was planted before the sign-in is not the one after it.
    let mut victim = w.kit.browser().unwrap();
    let mut planted = w.kit.browser().unwrap();
    planted.sign_in(&thief.login, PASSWORD).await.unwrap();
    victim.cookies = planted.cookies.clone();
    victim.sign_in(&alice.login, PASSWORD).await.unwrap();
    assert_ne!(victim.cookies["chancery"], planted.cookies["chancery"]);
    let shown = planted.get("/me").await.unwrap().body;
    assert!(!shown.contains(&alice.login) && shown.contains(&thief.login), "the thief sees their own page");
    // Signing the victim in as the thief takes a form of the victim's own browser (login CSRF).
    let page = planted.get("/sign-in").await.unwrap();
    let mut fresh = w.kit.browser().unwrap();
    let forged =
        fresh.submit(&page, "/sign-in", &[("login", &thief.login), ("password", PASSWORD)]).await.unwrap();
    assert_eq!((forged.status, forged.location.as_deref()), (403, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_reads_what_it_knows_once_and_leads_nowhere_else() {
    let mut w = World::start().await;
    for (query, status) in [
        ("", 200),
        ("?state=x", 200),
        ("?post_logout_redirect_uri=https%3A%2F%2Fevil.example", 200),
        ("?client_id=nonsense", 200),
        ("?id_token_hint=nonsense", 200),
        ("?state=x&state=y", 400),
        ("?id_token_hint=a&id_token_hint=b", 400),
        ("?state=%ff", 400),
        ("?state=%00", 400),
    ] {
        let page = w.desk.get(&format!("/oauth2/logout{query}")).await.unwrap();
        assert_eq!((page.status, &page.location), (status, &None), "{query}");
        let cookies: Vec<String> =
            w.desk.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let form = query.trim_start_matches('?').to_owned();
        let post = w.http.post(w.kit.url("/oauth2/logout")).header(COOKIE, cookies.join("; "));
        let reply: Reply =
            w.send(post.header("content-type", "application/x-www-form-urlencoded").body(form)).await;
        assert_eq!((reply.status, reply.header("location")), (status, ""), "{query} posted");
    }
    assert_eq!(w.desk.get("/me").await.unwrap().status, 200, "{ADMINISTRATOR} is still signed in");
}
