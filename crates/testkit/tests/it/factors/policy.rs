//! Who has to have one, and what becomes of a loss.

use chancery_kernel::Seconds;
use chancery_testkit::{ADMINISTRATOR, Api, Browser, Kit, PASSWORD};
use serde_json::json;

use super::{App, enroll, first, second, with_app};
use crate::world::{Client, Person, Tokens, World, claims, parameters};

async fn demand(api: &Api, rule: &str) {
    let found = api.get("/api/v1/organizations").await.unwrap();
    let org = &found.body["items"][0];
    let path = format!("/api/v1/organizations/{}", org["id"].as_str().unwrap());
    let body = json!({"second_factor": rule});
    let done = api.patch(&path, body).await.unwrap();
    assert_eq!(done.status, 200, "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_has_to_have_one_can_do_nothing_before_they_have_it() {
    let kit = Kit::start().await.unwrap();
    let mut browser = kit.found().await.unwrap();
    let token = kit.management_token(&mut browser, None).await.unwrap();
    let api = Api::new(kit.base(), Some(token)).unwrap();
    let bob =
        json!({"login": "bob", "email": "bob@corp.example", "display_name": "Bob", "password": PASSWORD});
    api.post("/api/v1/users", bob).await.unwrap();
    demand(&api, "administrators").await;
    let mut ada = kit.browser().unwrap();
    ada.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
    for path in ["/", "/me", "/console", "/console/users", "/inbox"] {
        assert_eq!(ada.get(path).await.unwrap().location.as_deref(), Some("/me/factors"), "{path}");
    }
    assert!(kit.management_token(&mut ada, None).await.is_err());
    let page = ada.get("/me/factors").await.unwrap();
    assert!(page.body.contains("Your organization wants a second factor"));
    let posted = ada.submit(&page, "/me/password", &[("current", PASSWORD)]).await.unwrap();
    assert_eq!(posted.location.as_deref(), Some("/me/factors"));
    let (app, _) = enroll(&kit, &mut ada).await;
    assert_eq!(ada.get("/console").await.unwrap().status, 200);
    // The session from before has to prove it too.
    assert_eq!(browser.get("/console").await.unwrap().location.as_deref(), Some("/second-factor"));
    kit.advance(Seconds(30));
    assert_eq!(second(&mut browser, &app.code(&kit)).await.status, 303);
    assert_eq!(browser.get("/console").await.unwrap().status, 200);
    // The last one cannot be given up.
    let page = ada.get("/me/factors").await.unwrap();
    let remove = page.body.split("action=\"").map(|rest| rest.split('"').next().unwrap());
    let remove = remove.clone().find(|path| path.ends_with("/remove")).unwrap().to_owned();
    assert_eq!(ada.submit(&page, &remove, &[]).await.unwrap().status, 409);
    // Nothing is asked of who has no rights here, until it is asked of everybody.
    let mut plain = kit.browser().unwrap();
    plain.sign_in("bob", PASSWORD).await.unwrap();
    assert_eq!(plain.get("/me").await.unwrap().status, 200);
    demand(&api, "everybody").await;
    assert_eq!(plain.get("/me").await.unwrap().location.as_deref(), Some("/me/factors"));
}

/// OpenID Connect Core §3.1.2.6: where no page may be shown the client hears why; else the person comes back to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_person_has_to_prove_more_first_hears_so_or_waits_for_it() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let path = |more: &[(&str, &str)]| w.request(&agent.client, &[&[("scope", "openid")][..], more].concat());
    let (asked, silent) = (path(&[]), path(&[("prompt", "none")]));
    demand(&w.api().await, "everybody").await;
    let mut browsers = [w.kit.browser().unwrap(), w.kit.browser().unwrap()];
    for browser in &mut browsers {
        browser.sign_in(&alice.login, PASSWORD).await.unwrap();
        let told = parameters(&browser.get(&silent).await.unwrap());
        assert_eq!((told["error"].as_str(), told["state"].as_str()), ("interaction_required", "st"));
        assert_eq!(browser.get(&asked).await.unwrap().location.as_deref(), Some("/me/factors"));
    }
    let [mut first, mut second] = browsers;
    let (app, _) = enroll(&w.kit, &mut first).await;
    let told = parameters(&second.get(&silent).await.unwrap());
    assert_eq!(told["error"], "interaction_required");
    w.advance(30);
    let tokens = proven(&w, &mut second, &alice, &agent.client, &asked, &app).await;
    assert_eq!(claims(&tokens.access)["acr"], TWO);
    assert!(
        parameters(&second.get(&silent).await.unwrap()).contains_key("code"),
        "and nothing is asked any more"
    );
}

const TWO: &str = "urn:chancery:loa:2";

/// From a request by way of the second factor back to it, and its tokens.
async fn proven(
    w: &World,
    browser: &mut Browser,
    who: &Person,
    client: &Client,
    asked: &str,
    app: &App,
) -> Tokens {
    let to = browser.get(asked).await.unwrap().location.unwrap();
    assert!(to.starts_with("/second-factor?request=%2Foauth2%2Fauthorize"), "{to}");
    let page = browser.get(&to).await.unwrap();
    let done = browser.submit(&page, "/second-factor", &[("one_time", &app.code(&w.kit))]).await.unwrap();
    let back = done.location.unwrap_or_else(|| panic!("{}", done.body));
    assert!(back.starts_with("/oauth2/authorize?"), "{back}");
    let page = w.walk(browser, who, &back).await;
    Tokens::of(&w.redeem(client, &parameters(&page)["code"]).await)
}

/// RFC 9470 §4 and §5.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_asks_for_a_second_factor_by_its_class_and_gets_it_or_hears_that_there_is_none() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let path = |classes: &str, prompt: &str| {
        w.request(&agent.client, &[("scope", "openid"), ("acr_values", classes), ("prompt", prompt)])
    };
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let one = "urn:chancery:loa:1";
    let error = |page| parameters(&page).remove("error").unwrap_or_default();
    for (classes, wanted) in [
        (TWO, "unmet_authentication_requirements"),
        (&*format!("phr {TWO}"), "unmet_authentication_requirements"),
        (&*format!("{TWO} {one}"), "consent_required"),
        (one, "consent_required"),
        ("phr", "consent_required"),
        ("", "consent_required"),
    ] {
        assert_eq!(error(browser.get(&path(classes, "none")).await.unwrap()), wanted, "{classes}");
    }
    let page = browser.get(&path(TWO, "")).await.unwrap();
    assert_eq!(error(page), "unmet_authentication_requirements", "no page would help");
    let mut elsewhere = w.kit.browser().unwrap();
    elsewhere.sign_in(&alice.login, PASSWORD).await.unwrap();
    let (app, _) = enroll(&w.kit, &mut elsewhere).await;
    assert_eq!(error(browser.get(&path(TWO, "none")).await.unwrap()), "interaction_required");
    assert_eq!(error(browser.get(&path(one, "none")).await.unwrap()), "consent_required");
    w.advance(30);
    let tokens = proven(&w, &mut browser, &alice, &agent.client, &path(TWO, ""), &app).await;
    let id_token = claims(tokens.body["id_token"].as_str().unwrap());
    assert_eq!((&claims(&tokens.access)["acr"], &id_token["acr"]), (&json!(TWO), &json!(TWO)));
    assert_eq!(
        error(browser.get(&path(TWO, "none")).await.unwrap()),
        "",
        "once proven it is not asked again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_factor_is_reset_by_who_has_the_rights_and_the_log_has_it() {
    let mut w = World::start().await;
    let bob = w.person("bob").await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&bob.login, PASSWORD).await.unwrap();
    enroll(&w.kit, &mut browser).await;
    let (_, helper) = w.officer("helper", "users.read users.manage").await;
    let (_, reader) = w.officer("reader", "users.read").await;
    let factors = format!("/api/v1/users/{}/factors", bob.id);
    let listed = reader.get(&factors).await.unwrap().body;
    assert_eq!(
        (&listed["items"][0]["name"], &listed["recovery_codes_left"]),
        (&json!("my phone"), &json!(10))
    );
    assert!(!listed.to_string().contains("secret") && listed["items"][0]["kind"] == "totp");
    let (reset, why) = (format!("{factors}/reset"), json!({"reason": "lost phone"}));
    let one = format!("{factors}/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(reader.post(&reset, why.clone()).await.unwrap().status, 403);
    assert_eq!(reader.delete(&one).await.unwrap().status, 403);
    assert_eq!(helper.post(&reset, why).await.unwrap().status, 204);
    assert!(
        browser.get("/me").await.unwrap().location.unwrap().starts_with("/sign-in"),
        "their sessions ended"
    );
    let mut anew = w.kit.browser().unwrap();
    assert_eq!(anew.sign_in(&bob.login, PASSWORD).await.unwrap().location.as_deref(), Some("/"));
    let log = w.events("factors_reset").await;
    assert_eq!(log.len(), 1);
    assert!(log[0].to_string().contains("lost phone"), "{}", log[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_help_people_cannot_weaken_an_administrators_account() {
    let mut w = World::start().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
    enroll(&w.kit, &mut browser).await;
    let (_, helper) = w.officer("helper", "users.read users.manage").await;
    let hot_id = w.kit.running.platform.db.hot().users.all().find(|u| u.login == ADMINISTRATOR).unwrap().id;
    let factors = format!("/api/v1/users/{hot_id}/factors");
    let listed = helper.get(&factors).await.unwrap().body;
    let one = format!("{factors}/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(helper.delete(&one).await.unwrap().status, 403);
    assert_eq!(
        helper.post(&format!("{factors}/reset"), json!({"reason": "please"})).await.unwrap().status,
        403
    );
    first(&w.kit, ADMINISTRATOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_codes_are_nowhere_in_the_data_in_clear() {
    let (kit, _, _, app, recovery) = with_app().await;
    let mut all = Vec::new();
    for file in std::fs::read_dir(kit.data()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("my phone"), "this is the right folder");
    assert!(!holds(app.0.expose()) && recovery.iter().all(|code| !holds(code)));
}
