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

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_somebody_else_by_a_changed_name_or_address() {
    let mut w = World::start().await;
    let alice = w.person("alice").await;
    let (bob, eve) = w.officer("eve", "users.read users.manage").await;
    let ada =
        w.read("/api/v1/users?login=ada@corp.example").await["items"][0]["id"].as_str().unwrap().to_owned();
    for patch in [json!({"login": "ada2"}), json!({"email": "eve@evil.example"})] {
        let refused = eve.patch(&format!("/api/v1/users/{ada}"), patch.clone()).await.unwrap();
        assert_eq!((refused.status, refused.text("code").unwrap()), (403, "beyond_own_rights"), "{patch}");
    }
    let taken = json!({"email": alice.login});
    let refused = eve.patch(&format!("/api/v1/users/{}", bob.id), taken).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (409, "email_taken"));
    let twin = json!({"login": "twin", "email": alice.login.to_uppercase(), "display_name": "Twin"});
    assert_eq!(eve.post("/api/v1/users", twin).await.unwrap().text("code").unwrap(), "email_taken");
    let agent = w.agent("sales").await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid email")]).await;
    let moved = json!({"email": "alice@new.example"});
    eve.patch(&format!("/api/v1/users/{}", alice.id), moved).await.unwrap().ok().unwrap();
    assert_eq!(w.get_with("/oauth2/userinfo", &tokens.access).await.status, 401, "it names the old address");
    let event = w.events("user_updated").await[0]["data"].clone();
    assert_eq!(event["values"], json!(["email - alice@corp.example", "email + alice@new.example"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_client_looks_like_one_that_proves_itself_another_way() {
    let mut w = World::start().await;
    let secretive = w.agent("sales").await.client;
    let body = json!({"name": "keyed", "auth": "private_key_jwt", "grants": ["client_credentials"]});
    let keyed = w.client(body).await;
    let mut told = std::collections::BTreeSet::new();
    let nobody = "cli_06u1k9v2h8qjt5m3c7n4p0r6sd";
    for id in [nobody, &secretive.id, &keyed.id, "nonsense"] {
        for secret in [None, Some("wrong")] {
            let mut fields = vec![("grant_type", "client_credentials"), ("client_id", id)];
            fields.extend(secret.map(|secret| ("client_secret", secret)));
            told.insert(w.form("/oauth2/token", &fields).await.text);
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    let mut pages = std::collections::BTreeSet::new();
    for id in [nobody, &secretive.id, &keyed.id] {
        let client = crate::world::Client { id: id.to_owned(), secret: String::new() };
        let mut browser = w.kit.browser().unwrap();
        let page = browser.get(&w.request(&client, &[("redirect_uri", EVIL)])).await.unwrap();
        assert_eq!(page.status, 400);
        let said = page
            .body
            .split("do not belong together")
            .nth(1)
            .map(|rest| rest.chars().take(80).collect::<String>());
        pages.insert(said.unwrap_or_else(|| panic!("{}", page.body)));
    }
    assert_eq!(pages.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_carries_the_log_away_is_in_it() {
    let mut w = World::start().await;
    let api = w.api().await;
    let export = api.get("/api/v1/events/export").await.unwrap();
    assert_eq!(export.status, 200);
    assert_eq!(w.events("log_exported").await.len(), 1);
    assert!(export.body.to_string().contains("log_exported"), "the copy says that it was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_last_owner_is_disabled_is_flagged() {
    let mut w = World::start().await;
    let (carol, dan) = (w.person("carol").await, w.person("dan").await);
    let body = |name: &str, owners: &[&str]| json!({"name": name, "purpose": "p", "owners": owners, "sponsor": dan.id});
    let lonely = w.make("/api/v1/agents", body("lonely", &[&carol.id])).await["id"].clone();
    w.make("/api/v1/agents", body("kept", &[&carol.id, &dan.id])).await;
    assert_eq!(w.read("/api/v1/agents?ownerless=true").await["items"], json!([]));
    w.make(&format!("/api/v1/users/{}/disable", carol.id), json!({"reason": "left"})).await;
    let events = w.events("agent_ownerless").await;
    assert_eq!((events.len(), &events[0]["data"]["agent"]), (1, &lonely));
    let listed = w.read("/api/v1/agents?ownerless=true").await;
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &lonely));
    let page = w.desk.get(&format!("/console/agents/{}", lonely.as_str().unwrap())).await.unwrap();
    assert!(page.body.contains("Nobody who can act answers for this agent"));
    assert!(w.desk.get("/console/agents").await.unwrap().body.contains("ownerless"));
}
