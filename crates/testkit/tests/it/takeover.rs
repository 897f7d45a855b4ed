//! What somebody with a little management right tries, to get at more of it, or at people.

use chancery_testkit::{ADMINISTRATOR, PASSWORD};
use serde_json::json;

use crate::world::{CALLBACK, Person, World, parameters};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");
const EVIL: &str = "https://evil.example/cb";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_client_of_an_agent_gets_no_code_by_the_consent_given_to_the_first() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
    let (_, eve) = w.officer("eve", "clients.read clients.manage").await;
    let body = json!({"name": "trap", "agent": agent.id, "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": [EVIL]});
    let trap = eve.post("/api/v1/clients", body).await.unwrap().ok().unwrap();
    let trap = crate::world::Client { id: trap.text("id").unwrap().to_owned(), secret: String::new() };
    let link = [("scope", "openid crm.read"), CRM, ("redirect_uri", EVIL)];
    let silent = w.request(&trap, &[link.as_slice(), &[("prompt", "none")]].concat());
    let answer = parameters(&browser.get(&silent).await.unwrap());
    assert_eq!(answer["error"], "consent_required", "{answer:?}");
    let page = browser.get(&w.request(&trap, &link)).await.unwrap();
    assert!(
        page.status == 200 && page.body.contains("evil.example"),
        "she is asked, and told where it leads"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_administrators_let_act_for_them_is_led_elsewhere_by_nobody_with_less() {
    let mut w = World::start().await;
    let ada = Person { id: String::new(), login: ADMINISTRATOR.to_owned() };
    let body = json!({"name": "opstool", "auth": "none", "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK]});
    let opstool = w.client(body).await;
    let api = w.kit.api_resource();
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
    let whole = [("resource", api.as_str()), ("scope", "users.read users.manage")];
    let tokens = w.sign_in_with(&mut browser, &ada, &opstool, &whole).await;
    let (_, eve) = w.officer("eve", "clients.read clients.manage").await;
    let path = format!("/api/v1/clients/{}", opstool.id);
    let moved = json!({"redirect_uris": [CALLBACK, EVIL]});
    let refused = eve.patch(&path, moved.clone()).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (403, "beyond_own_rights"));
    // Ada may; and even so everybody is asked again.
    w.api().await.patch(&path, moved).await.unwrap().ok().unwrap();
    let link = [whole.as_slice(), &[("redirect_uri", EVIL)]].concat();
    assert_eq!(browser.get(&w.request(&opstool, &link)).await.unwrap().status, 200, "she is asked");
    assert_eq!(w.get_with("/api/v1/users", &tokens.access).await.status, 401, "what rested on it is dead");
    assert_eq!(w.refresh(&opstool, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    let withdrawn = w.events("consent_withdrawn").await;
    assert_eq!(withdrawn[0]["data"]["reason"], "the client got another redirect URI");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_management_api_keeps_the_rules_by_which_administrators_reach_it() {
    let mut w = World::start().await;
    let (_, eve) = w.officer("eve", "applications.read applications.manage").await;
    let path = format!("/api/v1/applications/{}", w.management().id);
    for patch in
        [json!({"consent": "person"}), json!({"dual_subject": "required"}), json!({"profile": "act_as"})]
    {
        let refused = eve.patch(&path, patch.clone()).await.unwrap();
        assert_eq!((refused.status, refused.text("code").unwrap()), (409, "builtin"), "{patch}");
    }
    assert_eq!(w.api().await.get("/api/v1/users").await.unwrap().status, 200);
}
