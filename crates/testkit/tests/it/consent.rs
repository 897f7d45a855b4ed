//! What people agreed to: said, listed, taken back.

use serde_json::json;

use crate::world::{CALLBACK, World, parameters};
use chancery_testkit::PASSWORD;

const CRM: (&str, &str) = ("resource", "https://crm.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn the_page_names_agent_client_address_and_every_scope_and_no_means_no() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let path = w.request(&agent.client, &[("scope", "openid crm.read crm.write"), CRM]);
    let page = browser.get(&path).await.unwrap();
    for said in ["sales", "agent.example", "do crm.read", "do crm.write", "know who you are"] {
        assert!(page.body.contains(said), "{said}");
    }
    // RFC 9700 §4.2.4 and §4.16: nobody frames it, keeps it, runs anything in it or hears where it was.
    let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{policy}");
    let told = ["x-frame-options", "referrer-policy", "cache-control"].map(header);
    assert_eq!(told, ["DENY", "no-referrer", "no-store"]);
    let denied = browser.submit(&page, "/consent", &[("answer", "deny")]).await.unwrap();
    let got = parameters(&denied);
    assert_eq!(
        (denied.status, got["error"].as_str(), got["iss"].as_str()),
        (303, "access_denied", w.issuer())
    );
    assert!(denied.location.unwrap().starts_with(CALLBACK));
    assert!(w.read("/api/v1/grants").await["items"].as_array().unwrap().is_empty());
    assert_eq!(browser.get(&path).await.unwrap().status, 200, "asked again next time");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_which_system_and_data_whether_it_changes_what_if_it_is_misused_and_for_how_long() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let app = format!("/api/v1/applications/{}", crm.id);
    let scope = |name: &str, action: &str, data: &str, impact: &str| json!({"name": name, "title": format!("do {name}"), "data": data, "action": action, "impact": impact, "tier": "auto"});
    let scopes = [
        scope("crm.read", "read", "contacts of your region", "a competitor learns them"),
        scope("crm.write", "change", "their addresses", "letters go astray"),
    ];
    w.api().await.patch(&app, json!({"scopes": scopes, "token_lifetime": 240})).await.unwrap().ok().unwrap();
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let reads = ["contacts of your region", "a competitor learns them", "Reads", "crm"];
    let changes =
        ["their addresses", "letters go astray", "Changes", "It could change data, not only read it."];
    let ends = ["Until you withdraw it.", "4 min", &alice.login, "sales", "do crm.read"];
    for (scope, also) in [("crm.read", false), ("crm.read crm.write", true)] {
        let page = browser.get(&w.request(&agent.client, &[("scope", scope), CRM])).await.unwrap();
        for said in reads.iter().chain(&ends) {
            assert!(page.body.contains(said), "{scope}: {said}");
        }
        for said in changes {
            assert_eq!(page.body.contains(said), also, "{scope}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_judged_anew_and_grants_nothing_that_was_not_possible() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let page = browser.get(&w.request(&agent.client, &[("scope", "openid crm.read"), CRM])).await.unwrap();
    let query =
        |fields: &[(&str, &str)]| w.request(&agent.client, fields).split_once('?').unwrap().1.to_owned();
    let changed = [
        (query(&[("scope", "openid crm.pay"), CRM]), "access_denied"),
        (query(&[("scope", "openid crm.wipe"), CRM]), "access_denied"),
        (query(&[("scope", "openid crm.read"), ("resource", "https://nowhere.example")]), "invalid_target"),
    ];
    for (request, wanted) in &changed {
        let answer =
            browser.submit(&page, "/consent", &[("answer", "allow"), ("request", request)]).await.unwrap();
        assert_eq!(parameters(&answer)["error"], *wanted, "{request}");
    }
    let elsewhere = query(&[("redirect_uri", "https://evil.example/cb")]);
    let answer =
        browser.submit(&page, "/consent", &[("answer", "allow"), ("request", &elsewhere)]).await.unwrap();
    assert_eq!((answer.status, answer.location), (400, None));
    assert!(w.read("/api/v1/grants").await["items"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_scopes_are_asked_for_and_fewer_are_not() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    for (scope, asked) in [("crm.read", false), ("openid crm.read crm.write", true), ("email", true)] {
        let page = browser.get(&w.request(&agent.client, &[("scope", scope), CRM])).await.unwrap();
        assert_eq!(page.status == 200, asked, "{scope}: {}", page.status);
    }
    let page = browser
        .get(&w.request(&agent.client, &[("scope", "crm.read"), CRM, ("prompt", "consent")]))
        .await
        .unwrap();
    assert_eq!(page.status, 200, "prompt=consent asks in any case");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_consent_kills_what_rests_on_it_and_what_was_made_of_that() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mail = w.app("mail", json!({})).await;
    w.assign(&alice.id, &mail, None).await;
    w.assign(&agent.id, &mail, None).await;
    let mut browser = w.kit.browser().unwrap();
    let tokens =
        w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let same = w.exchange(&agent.client, &tokens.access, &[CRM]).await.access();
    let onward = w.exchange(&agent.client, &tokens.access, &[("resource", &mail.resource)]).await.access();
    let me = browser.get("/me").await.unwrap();
    assert!(me.body.contains("crm.read") && me.body.contains("sales"), "listed");
    for grant in w.read("/api/v1/grants").await["items"].as_array().unwrap() {
        let path = format!("/me/consents/{}/withdraw", grant["id"].as_str().unwrap());
        // Somebody else's look unknown.
        assert_eq!(w.desk.get("/me").await.unwrap().status, 200);
        let page = w.desk.get("/me").await.unwrap();
        assert_eq!(w.desk.submit(&page, &path, &[]).await.unwrap().status, 404);
        if grant["application"].is_string() {
            assert_eq!(browser.submit(&me, &path, &[]).await.unwrap().status, 303);
        }
    }
    assert!(!w.alive(&crm.guard, &tokens.access).await && !w.alive(&crm.guard, &same).await);
    assert!(!w.alive(&mail.guard, &onward).await, "it was derived from what is dead");
    assert_eq!(w.exchange(&agent.client, &tokens.access, &[CRM]).await.outcome(), (400, "invalid_request"));
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.events("consent_withdrawn").await.len(), 1);
    let page = browser.get(&w.request(&agent.client, &[("scope", "crm.read"), CRM])).await.unwrap();
    assert_eq!(page.status, 200, "asked again");
}

/// Takes a consent back on the person's own page.
async fn withdraw(w: &mut World, browser: &mut chancery_testkit::Browser, of_application: bool) {
    let grants = w.read("/api/v1/grants").await["items"].as_array().unwrap().clone();
    let found =
        grants.iter().find(|g| g["application"].is_string() == of_application && g["origin"] == "consent");
    let path = format!("/me/consents/{}/withdraw", found.unwrap()["id"].as_str().unwrap());
    let me = browser.get("/me").await.unwrap();
    assert_eq!(browser.submit(&me, &path, &[]).await.unwrap().status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_nothing_once_the_consent_is_withdrawn() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let fields = [("scope", "openid crm.read"), CRM];
    let code = w.code(&mut browser, &alice, &agent.client, &fields).await;
    withdraw(&mut w, &mut browser, true).await;
    assert_eq!(w.redeem(&agent.client, &code).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_a_consent_back_keeps_the_agent_out_until_they_consent_anew() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let both = [("scope", "openid crm.read"), CRM];
    w.sign_in_with(&mut browser, &alice, &agent.client, &both).await;
    withdraw(&mut w, &mut browser, true).await;
    let openid = w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
    let refused = w.exchange(&agent.client, &openid.access, &[CRM]).await;
    assert_eq!(refused.body["error"], "consent_required", "{}", refused.text);
    let other = w.face(&agent.id, "other face").await;
    let theirs = w.sign_in_with(&mut browser, &alice, &other, &[("scope", "openid")]).await;
    let refused = w.exchange(&other, &theirs.access, &[CRM]).await;
    assert_eq!(refused.body["error"], "consent_required", "it is the agent that is kept out");
    let refusal = w.read("/api/v1/grants").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["origin"] == "refusal")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let lifted =
        w.api().await.send(reqwest::Method::DELETE, &format!("/api/v1/grants/{refusal}"), None, None).await;
    assert_eq!(lifted.unwrap().status, 409, "nobody else lets it in again");
    w.sign_in_with(&mut browser, &alice, &agent.client, &both).await;
    let openid = w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
    let again = w.exchange(&agent.client, &openid.access, &[CRM]).await.access();
    assert!(w.alive(&crm.guard, &again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_is_to_what_was_read_and_to_nothing_that_changed_meanwhile() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let page = browser.get(&w.request(&agent.client, &[("scope", "openid crm.read"), CRM])).await.unwrap();
    let app = format!("/api/v1/applications/{}", crm.id);
    let mut scopes = w.read(&app).await["scopes"].clone();
    scopes[0]["title"] = json!("read everything there is");
    w.api().await.patch(&app, json!({"scopes": scopes})).await.unwrap().ok().unwrap();
    let again = browser.submit(&page, "/consent", &[("answer", "allow")]).await.unwrap();
    assert!(again.status == 200 && again.body.contains("read everything there is"), "{}", again.status);
    let wider = w.request(&agent.client, &[("scope", "openid crm.read crm.write"), CRM]);
    let wider = wider.split_once('?').unwrap().1;
    let asked = browser.submit(&again, "/consent", &[("answer", "allow"), ("request", wider)]).await.unwrap();
    assert_eq!(asked.status, 200, "more was asked than was shown");
    assert!(w.read("/api/v1/grants").await["items"].as_array().unwrap().is_empty());
    assert_eq!(browser.submit(&asked, "/consent", &[("answer", "allow")]).await.unwrap().status, 303);
}
