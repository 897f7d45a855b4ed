//! Guessing passwords is slow, for everybody but the person.

use chancery_testkit::{ADMINISTRATOR, PASSWORD};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_come_all_at_once_are_not_all_free() {
    let mut w = World::start().await;
    let bob = w.person("bob").await;
    let page = w.kit.browser().unwrap();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let mut browser = w.kit.browser().unwrap();
        browser.cookies = page.cookies.clone();
        let login = bob.login.clone();
        all.spawn(async move { browser.sign_in(&login, "wrong").await.unwrap().status });
    }
    let answers = all.join_all().await;
    let looked_at = answers.iter().filter(|status| **status == 401).count();
    assert!(looked_at <= 6, "{looked_at} of 40 guesses were looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tries_many_accounts_waits_whatever_the_account() {
    let w = World::start().await;
    let mut browser = w.kit.browser().unwrap();
    for guess in 0..21 {
        let status = browser.sign_in(&format!("nobody{guess}@corp.example"), "wrong").await.unwrap().status;
        assert_eq!(status, 401, "{guess}");
    }
    assert_eq!(browser.sign_in("somebody@corp.example", "wrong").await.unwrap().status, 429);
    assert_eq!(browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap().status, 429);
    w.advance(900);
    assert_eq!(browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap().status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_disabled_and_wrong_are_one_answer_that_costs_one_hash() {
    let mut w = World::start().await;
    let (bob, carol) = (w.person("bob").await, w.person("carol").await);
    w.make(&format!("/api/v1/users/{}/disable", carol.id), serde_json::json!({"reason": "a test"})).await;
    let without = serde_json::json!({"login": "dave", "email": "dave@corp.example", "display_name": "Dave"});
    w.make("/api/v1/users", without).await;
    let attempts = [
        (bob.login.as_str(), "wrong"),
        ("nobody@corp.example", PASSWORD),
        (&carol.login, PASSWORD),
        ("dave", PASSWORD),
        ("", PASSWORD),
        ("x' or 1=1 --", PASSWORD),
    ];
    let mut answers = Vec::new();
    let mut took = Vec::new();
    for (login, password) in attempts {
        let mut fastest = std::time::Duration::MAX;
        // The fastest of three: what else the machine does meanwhile only makes an answer slower.
        for _ in 0..3 {
            let mut browser = w.kit.browser().unwrap();
            let page = browser.get("/sign-in").await.unwrap();
            let typed = [("login", login), ("password", password)];
            let begun = std::time::Instant::now();
            let reply = browser.submit(&page, "/sign-in", &typed).await.unwrap();
            fastest = fastest.min(begun.elapsed());
            answers.push((login, reply.status, told(&reply.body, login)));
        }
        took.push(fastest);
    }
    for (login, status, text) in &answers {
        assert_eq!((*status, text), (401, &answers[0].2), "{login}");
    }
    // The hash takes tens of milliseconds; without the decoy an unknown login would be answered in two or three.
    let wrong = took[0];
    assert!(took.iter().all(|time| *time * 4 > wrong), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_is_not_there_answers_like_one_that_is() {
    let w = World::start().await;
    crate::walls::isolation::second_organization(&w).await;
    let attempt = async |organization: &str, login: &str| {
        let mut browser = w.kit.browser().unwrap();
        let page = browser.get("/sign-in").await.unwrap();
        let typed = [("organization", organization), ("login", login), ("password", PASSWORD)];
        let begun = std::time::Instant::now();
        let reply = browser.submit(&page, "/sign-in", &typed).await.unwrap();
        let said = told(&reply.body, login).replace(&format!(" value=\"{organization}\""), "");
        (begun.elapsed(), reply.status, said)
    };
    let mut answers = Vec::new();
    for organization in ["other", "nowhere", ""] {
        let mut fastest = std::time::Duration::MAX;
        for at in 0..3 {
            let login = format!("nobody{at}@{organization}");
            let (took, status, said) = attempt(organization, &login).await;
            fastest = fastest.min(took);
            assert_eq!(status, 401, "{organization}");
            answers.push((fastest, said));
        }
    }
    assert!(answers.iter().all(|(_, said)| *said == answers[0].1), "{answers:#?}");
    let there = answers[2].0;
    assert!([5, 8].iter().all(|at| answers[*at].0 * 4 > there), "{answers:?}");
    // Nor does the waiting tell: each name that is tried has its own.
    for _ in 0..6 {
        attempt("nowhere", "ada").await;
    }
    let waits = [("nowhere", 429), ("elsewhere", 401), ("other", 401)];
    for (organization, status) in waits {
        assert_eq!(attempt(organization, "ada").await.1, status, "{organization}");
    }
}

/// What a refused sign-in says, without what differs from page to page and the login that was typed.
fn told(body: &str, login: &str) -> String {
    let between =
        body.split("name=\"csrf\" value=\"").map(|rest| rest.split_once('"').map_or(rest, |(_, rest)| rest));
    let typed = format!(" value=\"{login}\"");
    between.collect::<String>().replace(&typed, "").replace(" value=\"\"", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_guesses_all_day_keeps_nobody_out_of_a_browser_they_have_used_before() {
    let mut w = World::start().await;
    let (alice, bob) = (w.person("alice").await, w.person("bob").await);
    let mut hers = w.kit.browser().unwrap();
    assert_eq!(hers.sign_in(&alice.login, PASSWORD).await.unwrap().status, 303);
    hers.cookies.retain(|name, _| name != "chancery");
    let known = hers.cookies.clone();
    assert!(known.keys().any(|name| name.starts_with("chancery-device-")), "{:?}", known.keys());
    let mut stranger = w.kit.browser().unwrap();
    for minute in 0..30 {
        stranger.sign_in(&alice.login, "wrong").await.unwrap();
        let fresh = w.kit.browser().unwrap().sign_in(&alice.login, PASSWORD).await.unwrap().status;
        let mut again = w.kit.browser().unwrap();
        again.cookies = known.clone();
        assert_eq!(
            again.sign_in(&alice.login, PASSWORD).await.unwrap().status,
            303,
            "minute {minute}, {fresh}"
        );
        w.advance(20);
    }
    // What the stranger knows of his own account is no key to hers, and a cookie is no password.
    let mut his = w.kit.browser().unwrap();
    his.sign_in(&bob.login, PASSWORD).await.unwrap();
    let name = known.keys().find(|name| name.starts_with("chancery-device-")).unwrap().clone();
    let value = his.cookies.iter().find(|(name, _)| name.starts_with("chancery-device-")).unwrap().1.clone();
    his.cookies.insert(name, value);
    for _ in 0..8 {
        stranger.sign_in(&alice.login, "wrong").await.unwrap();
    }
    assert_eq!(his.sign_in(&alice.login, PASSWORD).await.unwrap().status, 429);
    let mut answers = Vec::new();
    for _ in 0..7 {
        let mut thief = w.kit.browser().unwrap();
        thief.cookies = known.clone();
        answers.push(thief.sign_in(&alice.login, "wrong").await.unwrap().status);
    }
    assert!(answers.ends_with(&[429]), "a stolen cookie buys as many guesses as any: {answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_guesses_the_password_no_faster_than_a_stranger() {
    let mut w = World::start().await;
    let alice = w.person("alice").await;
    let mut thief = w.kit.browser().unwrap();
    thief.sign_in(&alice.login, PASSWORD).await.unwrap();
    let new = "another password entirely";
    let change = [("password", new), ("password_again", new)];
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let me = thief.get("/me").await.unwrap();
        let typed = [&change[..], &[("current", "a guess")]].concat();
        statuses.push(thief.submit(&me, "/me/password", &typed).await.unwrap().status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert!(statuses[..5].iter().all(|status| *status == 400), "{statuses:?}");
    // Not even the right one is looked at before its time, and nobody is locked out for good.
    for (wait, wanted) in [(0, 429), (60, 303)] {
        w.advance(wait);
        let me = thief.get("/me").await.unwrap();
        let typed = [&change[..], &[("current", PASSWORD)]].concat();
        assert_eq!(thief.submit(&me, "/me/password", &typed).await.unwrap().status, wanted);
    }
    assert_eq!(w.events("password_change_refused").await.len(), 8);
}
