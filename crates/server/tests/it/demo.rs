//! `chancery demo` without `--once`: it stays, and lets whoever sits at the terminal in.

use chancery_testkit::Browser;

use crate::program::{Going, home};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_stays_up_and_its_link_signs_in_once() {
    let (_kept, home) = home();
    let mut demo = Going::start(&home, &["demo"]);
    let console = demo.line_with("/console").split_whitespace().last().unwrap().to_owned();
    let link = demo.line_with("/sign-in/").split_whitespace().last().unwrap().to_owned();
    let shown = demo.line_with("@corp.example");
    let (issuer, path) = console.split_at(console.len() - "/console".len());
    assert_eq!(path, "/console");
    let mut stranger = Browser::new(issuer).unwrap();
    assert!(stranger.get(path).await.unwrap().location.unwrap().starts_with("/sign-in"));
    // The browser that opens the link, and nothing else, is what the console knows afterwards.
    let (at, secret) = link.split_at(link.find("/sign-in/").unwrap());
    let mut ours = Browser::new(at).unwrap();
    let entered = ours.get(secret).await.unwrap();
    assert_eq!((entered.status, entered.location.as_deref()), (303, Some(console.as_str())));
    for cookie in entered.headers.get_all("set-cookie") {
        assert!(cookie.to_str().unwrap().ends_with("; HttpOnly; SameSite=Lax"), "{cookie:?}");
    }
    let mut browser = Browser::new(issuer).unwrap();
    browser.cookies = ours.cookies.clone();
    let overview = browser.get(path).await.unwrap();
    assert_eq!(overview.status, 200, "{}", overview.body);
    assert!(browser.get("/console/agents").await.unwrap().body.contains("finance-agent-app"));
    // Whoever finds it in the terminal's history later has nothing.
    let late = Browser::new(at).unwrap().get(secret).await.unwrap();
    assert_eq!((late.status, late.headers.get("set-cookie")), (410, None), "{}", late.body);
    assert_eq!(Browser::new(at).unwrap().get("/sign-in/guess").await.unwrap().status, 404);
    // The passwords beside it do it as well, from a browser without any history.
    let mut words = shown.split_whitespace().rev();
    let (password, login) = (words.next().unwrap(), words.next().unwrap());
    assert_eq!(Browser::new(issuer).unwrap().sign_in(login, password).await.unwrap().status, 303);
    assert!(demo.is_up(), "it stays until it is told to go");
    assert_eq!(demo.stop(), Some(0), "every step of the stories went as told");
    let left: Vec<_> = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "it takes everything along: {left:?}");
}
