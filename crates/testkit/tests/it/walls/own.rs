//! The pages for everybody: what is open to strangers is a short list, and no form anywhere works without the token of its page.

use std::collections::BTreeSet;

use chancery_console::links::ROUTES;
use chancery_testkit::{ADMINISTRATOR, Browser, PASSWORD, Page};

use super::console::pattern_at;
use super::served;
use crate::world::{Scene, World, fill};

/// Pages that a stranger may look at, by the names of their links; each says nothing of anybody.
const OPEN: [&str; 10] = [
    "app_icon",
    "app_manifest",
    "app_worker",
    "asset",
    "setup",
    "sign_in",
    "signed_out",
    // The second half of a sign-in: it leads a stranger to the first.
    "second_factor",
    "second_factor_passkey",
    "log_out",
];

/// Pages besides those of the administration.
fn pages() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    ROUTES.iter().filter(|(_, pattern)| !pattern.starts_with("/console"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sees_the_open_pages_and_is_led_to_sign_in_from_every_other_one() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    for (name, pattern) in pages().filter(|(name, _)| !OPEN.contains(name)) {
        let path = pattern_at(pattern, &scene);
        let page = w.kit.browser().unwrap().get(&path).await.unwrap();
        let led = page.status == 303 && page.location.as_deref().is_some_and(|to| to.starts_with("/sign-in"));
        let closed = page.status == 401 && name.ends_with("live");
        assert!(led || closed || page.status == 405, "{name} answers a stranger {}", page.status);
    }
    let known: BTreeSet<&str> = pages().map(|(name, _)| *name).collect();
    assert!(OPEN.iter().all(|name| known.contains(name)));
}

/// Kinds of events, latest first, but for those of the reader's own tokens.
async fn log(w: &mut World) -> Vec<String> {
    let all = w.read("/api/v1/events?limit=100").await["items"].as_array().unwrap().clone();
    let lines = all.iter().map(|event| format!("{} {}", event["id"], event["kind"]));
    lines.filter(|line| !line.contains("person_token_decided")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_that_is_served_wants_the_token_of_its_page() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let forms: Vec<String> = served::of(&w.kit)
        .into_iter()
        // Clients send these; what they ask for is shown before it is done.
        .filter(|(path, methods)| methods.contains("POST") && ROUTES.iter().any(|(_, known)| known == path))
        .map(|(pattern, _)| pattern_at(&pattern, &scene))
        .collect();
    assert!(forms.len() > 80, "{}", forms.len());
    let foreign = w.kit.browser().unwrap().get("/sign-in").await.unwrap().body;
    let foreign =
        foreign.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    w.read("/api/v1/users").await;
    let before = log(&mut w).await;
    for path in &forms {
        for token in [None, Some(""), Some("nonsense"), Some(foreign.as_str())] {
            let fields: Vec<_> = token.iter().map(|t| ("csrf".to_owned(), (*t).to_owned())).collect();
            let page = w.desk.post(path, &fields).await.unwrap();
            assert!(
                [400, 403, 404].contains(&page.status),
                "{path} {token:?}: {} {}",
                page.status,
                page.body
            );
            assert!(page.location.is_none(), "{path}");
        }
    }
    assert_eq!(log(&mut w).await, before, "nothing happened");
    assert_eq!(w.desk.get("/console").await.unwrap().status, 200, "still signed in, as the same person");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_somebody_else_looks_like_nothing_on_ones_own_pages() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let bob = w.person("bob").await;
    let mut his = w.kit.browser().unwrap();
    his.sign_in(&bob.login, PASSWORD).await.unwrap();
    super::isolation::second_organization(&w).await;
    let mut hers = w.kit.browser().unwrap();
    let page = hers.get("/sign-in").await.unwrap();
    let typed = [("organization", "other"), ("login", ADMINISTRATOR), ("password", PASSWORD)];
    assert_eq!(hers.submit(&page, "/sign-in", &typed).await.unwrap().status, 303);
    let alike = |page: &Page, path: &str| {
        let request = page.headers["x-request-id"].to_str().unwrap();
        (page.status, page.location.clone(), page.body.replace(request, "").replace(path, ""))
    };
    let mut tried = BTreeSet::new();
    for browser in [&mut his, &mut hers] {
        for (name, pattern) in pages().filter(|(name, pattern)| pattern.contains('{') && !OPEN.contains(name))
        {
            let (here, there) = (pattern_at(pattern, &scene), pattern_at(pattern, &Scene::nowhere()));
            if here == there {
                continue;
            }
            for form in [false, true] {
                let (foreign, unknown) = if form {
                    (answered(browser, &here).await, answered(browser, &there).await)
                } else {
                    (browser.get(&here).await.unwrap(), browser.get(&there).await.unwrap())
                };
                if foreign.status == 405 {
                    continue;
                }
                tried.insert(*name);
                assert!([400, 404].contains(&foreign.status), "{name}: {}", foreign.status);
                assert_eq!(alike(&foreign, &here), alike(&unknown, &there), "{name}");
            }
        }
    }
    let wanted = [
        "own_permission_return",
        "own_request_cancel",
        "question",
        "question_answer",
        "question_take_back",
        "withdraw",
    ];
    assert!(tried.iter().eq(&wanted), "{tried:?}");
    assert!(w.read("/api/v1/grants").await.to_string().contains(&scene.grant));
    let left = w.read(&format!("/api/v1/approvals/{}", scene.approval)).await;
    assert_eq!(left["state"], "pending");
}

async fn answered(browser: &mut Browser, path: &str) -> Page {
    let fields = [("answer", "approve".to_owned()), ("seen", "what nobody saw".to_owned())];
    fill(browser, path, &fields).await
}
