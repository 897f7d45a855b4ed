//! One-time codes and recovery codes.

use chancery_kernel::Seconds;
use chancery_testkit::PASSWORD;

use super::{admin, enroll, events, first, second, with_app};
use crate::world::claims;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_completes_a_sign_in_once_and_tokens_say_how() {
    let (kit, mut browser, _, app, recovery) = with_app().await;
    assert_eq!(recovery.len(), 10);
    let before = claims(&kit.management_token(&mut browser, None).await.unwrap());
    assert_eq!(
        (&before["acr"], &before["amr"][0]),
        (&"urn:chancery:loa:2".into(), &"pwd".into()),
        "enrolling proves"
    );
    let mut thief = first(&kit, admin()).await;
    assert_eq!(thief.get("/me").await.unwrap().status, 303, "half a sign-in is none");
    // The code that enrolled the app was used by that.
    assert_eq!(second(&mut thief, &app.code(&kit)).await.status, 401);
    kit.advance(Seconds(30));
    let (mut one, mut other) = (first(&kit, admin()).await, first(&kit, admin()).await);
    let code = app.code(&kit);
    assert_eq!(second(&mut one, &code).await.status, 303);
    assert_eq!(one.get("/me").await.unwrap().status, 200);
    assert_eq!(second(&mut other, &code).await.status, 401, "a code works once");
    let after = claims(&kit.management_token(&mut one, None).await.unwrap());
    assert_eq!(after["acr"], "urn:chancery:loa:2");
    assert_eq!(after["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_bring_one_code_at_once_one_is_let_in() {
    let (kit, _, _, app, recovery) = with_app().await;
    kit.advance(Seconds(30));
    for code in [app.code(&kit), recovery[0].clone()] {
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let mut browser = first(&kit, admin()).await;
            let code = code.clone();
            all.spawn(async move { second(&mut browser, &code).await.status });
        }
        let let_in = all.join_all().await.into_iter().filter(|status| *status == 303).count();
        assert_eq!(let_in, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ticket_of_the_second_step_is_no_session_and_lasts_ten_minutes() {
    let (kit, _, _, app, _) = with_app().await;
    let mut browser = first(&kit, admin()).await;
    let ticket = browser.cookies["chancery-step"].clone();
    browser.cookies.insert("chancery".into(), ticket);
    for path in ["/me", "/console", "/inbox"] {
        let page = browser.get(path).await.unwrap();
        assert!(page.location.unwrap().starts_with("/sign-in"), "{path}");
    }
    kit.advance(Seconds::minutes(10));
    let page = browser.get("/second-factor").await.unwrap();
    assert!(page.location.unwrap().starts_with("/sign-in"));
    let form = browser.get("/sign-in").await.unwrap();
    let code = app.code(&kit);
    let late = browser.submit(&form, "/second-factor", &[("one_time", &code)]).await.unwrap();
    assert!(late.location.unwrap().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_works_once_in_place_of_the_app() {
    let (kit, _, api, _, recovery) = with_app().await;
    let mut browser = first(&kit, admin()).await;
    let typed = recovery[3].to_uppercase().replace('-', "  ");
    assert_eq!(second(&mut browser, &typed).await.status, 303);
    let page = browser.get("/me/factors").await.unwrap();
    assert!(page.body.contains("9 of your codes are left"), "{}", page.body);
    let mut again = first(&kit, admin()).await;
    assert_eq!(second(&mut again, &recovery[3]).await.status, 401);
    // A new set voids the old one.
    let renewed = browser.submit(&page, "/me/factors/codes", &[]).await.unwrap();
    let fresh = super::codes(&renewed);
    assert_eq!(fresh.len(), 10);
    assert_eq!(second(&mut again, &recovery[4]).await.status, 401);
    assert_eq!(second(&mut again, &fresh[0]).await.status, 303);
    assert_eq!(events(&api, "recovery_codes_made").await.len(), 2);
    let methods: Vec<_> =
        events(&api, "sign_in_succeeded").await.iter().map(|e| e["detail"]["method"].clone()).collect();
    assert_eq!(methods.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_slowed_down_however_many_browsers_guess_and_stand_in_the_log() {
    let (kit, mut own, api, app, _) = with_app().await;
    let mut statuses = Vec::new();
    for guess in 0..8 {
        let mut browser = first(&kit, admin()).await;
        statuses.push(second(&mut browser, &format!("{guess:06}")).await.status);
    }
    assert_eq!(&statuses[..6], [401; 6], "five are free, and the sixth is looked at");
    assert_eq!(&statuses[6..], [429; 2]);
    kit.advance(Seconds(30));
    // Also from the session that stands: it is the same six digits.
    assert_eq!(second(&mut own, &app.code(&kit)).await.status, 303, "the wait was two seconds");
    let log = events(&api, "second_factor_failed").await;
    assert_eq!(log.len(), 8);
    assert!(log.iter().all(|event| !event.to_string().contains("000003")), "what was typed is in no event");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_session_that_somebody_finds_can_change_nothing() {
    let (kit, mut browser, _, app, _) = with_app().await;
    let page = browser.get("/me/factors").await.unwrap();
    let remove = page.body.split("action=\"").map(|rest| rest.split('"').next().unwrap());
    let remove = remove.clone().find(|path| path.ends_with("/remove")).unwrap().to_owned();
    kit.advance(Seconds(301));
    let proof = "/second-factor?request=%2Fme%2Ffactors";
    for path in [remove.as_str(), "/me/factors/codes"] {
        let done = browser.submit(&page, path, &[]).await.unwrap();
        assert_eq!(done.location.as_deref(), Some(proof), "{path}");
    }
    assert_eq!(browser.get("/me/factors/totp").await.unwrap().location.as_deref(), Some(proof));
    assert_eq!(second(&mut browser, &app.code(&kit)).await.status, 303);
    assert_eq!(browser.submit(&page, &remove, &[]).await.unwrap().location.as_deref(), Some("/me/factors"));
    assert!(browser.get("/me/factors").await.unwrap().body.contains("You have none yet."));
    // With the last factor the codes are gone, and the password is all that is asked for.
    let mut plain = kit.browser().unwrap();
    assert_eq!(plain.sign_in(admin(), PASSWORD).await.unwrap().location.as_deref(), Some("/"));
    // The first factor needs a sign-in of the last quarter of an hour.
    kit.advance(Seconds(901));
    let late = plain.get("/me/factors/totp").await.unwrap();
    assert!(late.location.unwrap().starts_with("/sign-in?request="));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offered_key_is_for_one_session_and_one_quarter_of_an_hour() {
    let (kit, mut browser, _, _, _) = with_app().await;
    let page = browser.get("/me/factors/totp").await.unwrap();
    let wrong = browser.submit(&page, "/me/factors/totp", &[("one_time", "000000")]).await.unwrap();
    assert_eq!(wrong.status, 400);
    assert_eq!(super::codes(&wrong), super::codes(&page), "the same key is shown again");
    let sealed = page.body.split("name=\"sealed\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut other = kit.browser().unwrap();
    other.cookies = browser.cookies.clone();
    kit.advance(Seconds(30));
    let (app, _) = enroll(&kit, &mut other).await;
    let forged = [("sealed", sealed.replace(&sealed[20..30], "AAAAAAAAAA")), ("one_time", app.code(&kit))];
    let forged: Vec<_> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = browser.submit(&page, "/me/factors/totp", &forged).await.unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("offered too long ago"), "{}", refused.body);
}
