//! To be assigned for a while, and from a moment on: asked for by agents and people, decided by whoever answers for the
//! application, in force from one second to another.

use chancery_testkit::{Api, Browser, PASSWORD};
use serde_json::{Value, json};

use super::{Desk, answers};
use crate::world::{Agent, App, Person, Reply, claims};

/// A system that Carol answers for, to which neither Brandon nor his agent is assigned.
struct Lending {
    d: Desk,
    hr: App,
    carol: Browser,
    agent: Agent,
}

const RIGHTS: &str = "requests.read requests.manage";

impl Lending {
    async fn open() -> Self {
        let mut d = Desk::open().await;
        let carol = d.w.person("carol").await;
        let hr = d.w.app("hr", json!({"owner": carol.id})).await;
        let agent = d.agent.clone();
        let api = d.w.management();
        d.w.assign(&agent.id, &api, Some(RIGHTS)).await;
        let mut browser = d.w.kit.browser().unwrap();
        browser.sign_in(&carol.login, PASSWORD).await.unwrap();
        Self { d, hr, carol: browser, agent }
    }

    async fn of_agent(&self) -> Api {
        let resource = self.d.w.kit.api_resource();
        let fields = [("grant_type", "client_credentials"), ("resource", resource.as_str())];
        let token = self.d.w.token(&self.agent.client, &fields).await.access();
        Api::new(self.d.w.kit.base(), Some(token)).unwrap()
    }

    /// Brandon with a token of his own.
    async fn of_brandon(&mut self) -> Api {
        let api = self.d.w.management();
        let brandon = self.d.brandon.id.clone();
        self.d.w.assign(&brandon, &api, Some(RIGHTS)).await;
        let token = self.d.w.kit.management_token(&mut self.d.browser, None).await.unwrap();
        Api::new(self.d.w.kit.base(), Some(token)).unwrap()
    }

    fn wish(&self, more: Value) -> Value {
        let mut wish = json!({"application": self.hr.id, "scopes": "hr.read", "assign": true, "seconds": 120,
            "purpose": "Prepare the review of Acme Corp"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish
    }

    async fn for_brandon(&self, more: Value) -> Value {
        let mut wish = self.wish(json!({"user": self.d.brandon.id}));
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let filed = self.of_agent().await.post("/api/v1/requests", wish).await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        filed.body
    }

    async fn all_say_yes(&mut self, asked: &Value) {
        let id = asked["id"].as_str().unwrap();
        for browser in [&mut self.d.browser, &mut self.carol] {
            assert_eq!(answers(browser, id, "approve").await.status, 303);
        }
    }

    async fn assigned_for_good(&mut self, person: &Person) {
        let hr = self.hr.clone();
        self.d.w.assign(&person.id, &hr, None).await;
    }

    async fn exchange(&self, scope: &str) -> Reply {
        let d = &self.d;
        let fields = [("scope", "openid offline_access")];
        let subject = d.w.sign_in(&d.brandon, &self.agent.client, &fields).await.access;
        let more = [("resource", self.hr.resource.as_str()), ("scope", scope)];
        d.w.exchange(&self.agent.client, &subject, &more).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_assigned_for_a_while_at_the_word_of_the_owner_and_its_person_and_ends_to_the_second() {
    let mut l = Lending::open().await;
    let brandon = l.d.brandon.clone();
    l.assigned_for_good(&brandon).await;
    let refused = l.exchange("hr.read").await;
    assert_eq!(refused.outcome(), (400, "access_denied"), "{}", refused.text);
    let asked = l.for_brandon(json!({})).await;
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!((&asked["access"]["assign"], asked["needs"].as_array().unwrap().len()), (&json!(true), 2));
    let page = l.carol.get(&format!("/inbox/{id}")).await.unwrap().body;
    assert!(page.contains("Be assigned to hr for a while, with: Do hr.read"), "{page}");
    assert_eq!(answers(&mut l.d.browser, &id, "approve").await.status, 303);
    assert_ne!(l.exchange("hr.read").await.status, 200, "the owner has not answered");
    assert_eq!(answers(&mut l.carol, &id, "approve").await.status, 303);
    let grant = l.d.w.read(&format!("/api/v1/grants/{}", asked["grant"].as_str().unwrap())).await;
    assert_eq!((&grant["origin"], &grant["seconds_left"]), (&json!("assignment"), &json!(120)));
    let mut token = String::new();
    for second in 0..=122 {
        let reply = l.exchange("hr.read").await;
        let works = second < 120;
        assert_eq!(reply.status == 200, works, "second {second}: {}", reply.text);
        if works {
            token = reply.access();
            assert_eq!(claims(&token)["grant_id"], asked["grant"]);
            assert!(claims(&token)["exp"].as_i64().unwrap() <= l.d.w.now() + 120 - second);
        }
        assert_eq!(l.d.w.alive(&l.hr.guard, &token).await, works, "second {second}");
        l.d.w.advance(1);
    }
    let platform = l.d.w.kit.running.platform.clone();
    chancery_governance::lapse::tick(&platform).await.unwrap();
    let ended = l.d.w.events("grant_ended").await;
    assert_eq!(ended.len(), 1, "by itself, with an event");
    let given = l.d.w.events("grant_given").await;
    assert_eq!(given[0]["data"]["assigns"], true, "{given:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_later_gives_nothing_before_and_nothing_afterwards() {
    let mut l = Lending::open().await;
    let brandon = l.d.brandon.clone();
    l.assigned_for_good(&brandon).await;
    let starts = l.d.w.now() + 3_600;
    let at = chancery_kernel::Timestamp::from_seconds(starts).to_string();
    let asked = l.for_brandon(json!({"starts": at, "seconds": 60})).await;
    let id = asked["id"].as_str().unwrap().to_owned();
    let page = l.carol.get(&format!("/inbox/{id}")).await.unwrap().body;
    assert!(page.contains(" UTC on, as often as it needs to"), "the person reads when: {page}");
    l.d.w.advance(1_800);
    let mut desk = l.d.w.kit.browser().unwrap();
    desk.sign_in(&brandon.login, PASSWORD).await.unwrap();
    l.d.browser = desk;
    l.all_say_yes(&asked).await;
    let history = l.d.browser.get("/inbox").await.unwrap().body;
    assert!(history.contains("It is a permission from"), "{history}");
    let grants = |w: &str| format!("/api/v1/grants?origin=assignment&in_force={w}");
    assert_eq!(l.d.w.read(&grants("true")).await["items"], json!([]));
    assert_eq!(l.d.w.read(&grants("false")).await["items"][0]["id"], asked["grant"]);
    l.d.w.advance(starts - l.d.w.now() - 2);
    for second in -2..=62 {
        let works = (0..60).contains(&second);
        let reply = l.exchange("hr.read").await;
        assert_eq!(reply.status == 200, works, "second {second}: {}", reply.text);
        if works {
            let end = claims(&reply.access())["exp"].as_i64().unwrap();
            assert!(end <= starts + 60, "second {second}: {end}");
        }
        l.d.w.advance(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_of_tier_approval_begins_later_too() {
    let mut l = Lending::open().await;
    let starts = l.d.w.now() + 120;
    let at = chancery_kernel::Timestamp::from_seconds(starts).to_string();
    let wish =
        json!({"assign": false, "application": l.d.crm.id, "scopes": "crm.pay", "starts": at, "seconds": 60});
    let asked = l.for_brandon(wish).await;
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!(answers(&mut l.d.browser, &id, "approve").await.status, 303);
    let d = &mut l.d;
    d.w.advance(118);
    for second in -2..=62 {
        let subject = d.w.sign_in(&d.brandon, &d.agent.client, &[("scope", "openid")]).await.access;
        let more = [("resource", d.crm.resource.as_str()), ("scope", "crm.pay")];
        let reply = d.w.exchange(&d.agent.client, &subject, &more).await;
        assert_eq!(reply.status == 200, (0..60).contains(&second), "second {second}: {}", reply.text);
        d.w.advance(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_for_themselves_and_another_one_decides() {
    let mut l = Lending::open().await;
    let (hr, agent) = (l.hr.clone(), l.agent.id.clone());
    l.d.w.assign(&agent, &hr, None).await;
    let api = l.of_brandon().await;
    let filed = api.post("/api/v1/requests", l.wish(json!({}))).await.unwrap();
    assert_eq!(filed.status, 201, "{}", filed.body);
    let asked = filed.body;
    let id = asked["id"].as_str().unwrap().to_owned();
    let own = answers(&mut l.d.browser, &id, "approve").await;
    assert_eq!(own.status, 404, "nobody says yes to their own wish: {}", own.body);
    assert_ne!(l.exchange("hr.read").await.status, 200);
    assert_eq!(answers(&mut l.carol, &id, "approve").await.status, 303);
    let token = l.exchange("hr.read").await.access();
    assert!(l.d.w.alive(&l.hr.guard, &token).await);
    for kind in ["own_request_filed", "own_request_granted", "grant_given"] {
        assert_eq!(l.d.w.events(kind).await.len(), 1, "{kind}");
    }
    let path = format!("/api/v1/grants/{}/return", asked["grant"].as_str().unwrap());
    assert_eq!(api.post(&path, json!({})).await.unwrap().status, 204);
    assert!(!l.d.w.alive(&l.hr.guard, &token).await, "given back early, its tokens are dead");
    assert_ne!(l.exchange("hr.read").await.status, 200);
    let filed = api.post("/api/v1/requests", l.wish(json!({"seconds": 60}))).await.unwrap();
    let id = filed.body["id"].as_str().unwrap().to_owned();
    assert_eq!(answers(&mut l.carol, &id, "deny").await.status, 303);
    assert_eq!(l.d.w.events("own_request_denied").await.len(), 1);
    let again = api.post("/api/v1/requests", l.wish(json!({"seconds": 60}))).await.unwrap();
    assert_eq!((again.status, &again.body["code"]), (409, &json!("approval_denied")), "{}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_assignment_would_give_and_what_nobody_may_ask_for_is_not_asked() {
    let mut l = Lending::open().await;
    let management = l.d.w.management();
    let agent = l.of_agent().await;
    let soon = chancery_kernel::Timestamp::from_seconds(l.d.w.now() - 1).to_string();
    let far = chancery_kernel::Timestamp::from_seconds(l.d.w.now() + 31 * 86_400).to_string();
    let user = l.d.brandon.id.clone();
    let cases = [
        (json!({"user": user}), 403, "not_available", "Brandon himself is not assigned"),
        (json!({"user": user, "scopes": "hr.wipe"}), 403, "not_available", "its tier is never"),
        (json!({"user": user, "starts": soon}), 400, "bad_start", "in the past"),
        (json!({"user": user, "starts": far}), 400, "bad_start", "too far away"),
        (
            json!({"user": user, "application": management.id, "scopes": "users.manage"}),
            403,
            "builtin",
            "the server itself",
        ),
        (
            json!({"user": user, "application": l.d.crm.id, "scopes": "crm.read"}),
            409,
            "nothing_to_ask",
            "it is assigned",
        ),
    ];
    for (more, status, code, why) in cases {
        let told = agent.post("/api/v1/requests", l.wish(more)).await.unwrap();
        assert_eq!((told.status, told.body["code"].as_str()), (status, Some(code)), "{why}: {}", told.body);
    }
    let own = l.of_brandon().await;
    let told = own
        .post("/api/v1/requests", l.wish(json!({"application": management.id, "scopes": "users.manage"})))
        .await
        .unwrap();
    assert_eq!(told.body["code"], "builtin", "nobody makes themselves an administrator: {}", told.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_owner_or_where_the_owner_asks_an_administrator_decides() {
    let mut l = Lending::open().await;
    let brandon = l.d.brandon.id.clone();
    let wiki = l.d.w.app("wiki", json!({"owner": brandon})).await;
    let api = l.of_brandon().await;
    let wish = l.wish(json!({"application": wiki.id, "scopes": "wiki.read"}));
    let filed = api.post("/api/v1/requests", wish).await.unwrap();
    assert_eq!(filed.status, 201, "{}", filed.body);
    let id = filed.body["id"].as_str().unwrap();
    assert_eq!(answers(&mut l.d.browser, id, "approve").await.status, 404, "not the owner, who asks");
    assert_eq!(
        l.carol.get(&format!("/inbox/{id}")).await.unwrap().status,
        404,
        "nor the owner of another system"
    );
    let mut ada = l.d.w.kit.browser().unwrap();
    ada.sign_in(chancery_testkit::ADMINISTRATOR, PASSWORD).await.unwrap();
    assert_eq!(answers(&mut ada, id, "approve").await.status, 303);
    let grant = l.d.w.read(&format!("/api/v1/grants/{}", filed.body["grant"].as_str().unwrap())).await;
    assert_eq!(grant["origin"], "assignment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contained_agent_loses_what_it_was_assigned_for_a_while() {
    let mut l = Lending::open().await;
    let brandon = l.d.brandon.clone();
    l.assigned_for_good(&brandon).await;
    let asked = l.for_brandon(json!({})).await;
    l.all_say_yes(&asked).await;
    let token = l.exchange("hr.read").await.access();
    l.d.w.contain(&l.agent.id.clone()).await;
    assert!(!l.d.w.alive(&l.hr.guard, &token).await);
    let body = json!({"reason": "looked into"});
    l.d.w.make(&format!("/api/v1/agents/{}/release", l.agent.id), body).await;
    assert_ne!(l.exchange("hr.read").await.status, 200, "a release brings it not back");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_is_asked_for_and_goes_on_under_the_same_name() {
    let mut l = Lending::open().await;
    let brandon = l.d.brandon.clone();
    l.assigned_for_good(&brandon).await;
    let asked = l.for_brandon(json!({})).await;
    l.all_say_yes(&asked).await;
    l.d.w.advance(100);
    let more =
        json!({"extends": asked["grant"], "seconds": 60, "purpose": "It takes longer", "assign": false});
    let mut wish = l.for_brandon(more).await;
    assert_eq!(wish["access"]["assign"], true, "{wish}");
    l.all_say_yes(&wish).await;
    wish = l.d.w.read(&format!("/api/v1/grants/{}", asked["grant"].as_str().unwrap())).await;
    assert_eq!((&wish["seconds_left"], &wish["origin"]), (&json!(80), &json!("assignment")));
    l.d.w.advance(79);
    assert_eq!(l.exchange("hr.read").await.status, 200);
    l.d.w.advance(1);
    assert_ne!(l.exchange("hr.read").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_alone_is_assigned_at_the_word_of_its_sponsor() {
    let mut l = Lending::open().await;
    let body = json!({"dual_subject": "agent_only"});
    let api = l.d.w.api().await;
    let changed = api.patch(&format!("/api/v1/applications/{}", l.hr.id), body).await.unwrap();
    assert_eq!(changed.status, 200, "{}", changed.body);
    let filed = l.of_agent().await.post("/api/v1/requests", l.wish(json!({}))).await.unwrap();
    assert_eq!(filed.status, 201, "{}", filed.body);
    let id = filed.body["id"].as_str().unwrap();
    let fields =
        [("grant_type", "client_credentials"), ("resource", "https://hr.example/api"), ("scope", "hr.read")];
    assert_ne!(l.d.w.token(&l.agent.client, &fields).await.status, 200);
    let mut ada = l.d.w.kit.browser().unwrap();
    ada.sign_in(chancery_testkit::ADMINISTRATOR, PASSWORD).await.unwrap();
    for browser in [&mut ada, &mut l.carol] {
        assert_eq!(answers(browser, id, "approve").await.status, 303);
    }
    let token = l.d.w.token(&l.agent.client, &fields).await;
    assert_eq!(token.status, 200, "{}", token.text);
    l.d.w.advance(120);
    assert_ne!(l.d.w.token(&l.agent.client, &fields).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_their_own_page_a_person_asks_without_any_right_and_sees_what_became_of_it() {
    let mut l = Lending::open().await;
    let (hr, agent) = (l.hr.clone(), l.agent.id.clone());
    l.d.w.assign(&agent, &hr, None).await;
    let typed =
        [("system", "HR"), ("scopes", "hr.read"), ("purpose", "Prepare the review"), ("length", "900")];
    let mine = async |l: &mut Lending| l.d.browser.get("/me/requests").await.unwrap();
    let asks = async |l: &mut Lending, change: (&'static str, &'static str)| {
        let fields: Vec<_> =
            typed.map(|(name, value)| (name, if name == change.0 { change.1 } else { value })).to_vec();
        let page = l.d.browser.get("/me/requests").await.unwrap();
        l.d.browser.submit(&page, "/me/requests", &fields).await.unwrap()
    };
    assert!(mine(&mut l).await.body.contains("You have asked for nothing yet."));
    for (change, told) in [
        (("system", "nothing"), "no such system"),
        (("scopes", "hr.nothing"), ""),
        (("purpose", ""), "what it is for"),
        (("length", "5"), "60 to 28800"),
    ] {
        let refused = asks(&mut l, change).await;
        assert!(
            refused.status >= 400 && refused.body.contains(told),
            "{change:?}: {} {}",
            refused.status,
            refused.body
        );
    }
    // Waits, and is taken back.
    assert_eq!(asks(&mut l, ("", "")).await.status, 303);
    let request = async |l: &mut Lending| {
        let read = l.d.w.read("/api/v1/approvals?state=pending").await;
        read["items"][0]["id"].as_str().map(str::to_owned)
    };
    let first = request(&mut l).await.unwrap();
    let page = mine(&mut l).await;
    let cancel = format!("/me/requests/{first}/cancel");
    assert!(page.body.contains("Prepare the review") && page.body.contains(&cancel), "{}", page.body);
    let stranger = l.carol.get("/me/requests").await.unwrap();
    assert!(!stranger.body.contains("Prepare the review"), "nobody sees another's");
    assert_eq!(l.carol.submit(&stranger, &cancel, &[]).await.unwrap().status, 404, "nor takes it back");
    assert_eq!(l.d.browser.submit(&page, &cancel, &[]).await.unwrap().status, 303);
    assert!(mine(&mut l).await.body.contains("taken back by whoever asked"));
    // Allowed, used, and given back.
    assert_eq!(asks(&mut l, ("purpose", "Once more")).await.status, 303);
    let second = request(&mut l).await.unwrap();
    assert_eq!(
        answers(&mut l.d.browser, &second, "approve").await.status,
        404,
        "nobody says yes to their own wish"
    );
    assert_eq!(answers(&mut l.carol, &second, "approve").await.status, 303);
    let token = l.exchange("hr.read").await.access();
    let page = mine(&mut l).await;
    let grant =
        l.d.w.read("/api/v1/grants?origin=assignment").await["items"][0]["id"].as_str().unwrap().to_owned();
    let back = format!("/me/permissions/{grant}/return");
    assert!(page.body.contains("In force, ends") && page.body.contains(&back), "{}", page.body);
    assert_eq!(l.d.browser.submit(&page, &back, &[]).await.unwrap().status, 303);
    assert!(!l.d.w.alive(&l.hr.guard, &token).await, "given back, it opens nothing");
    assert!(mine(&mut l).await.body.contains("It has ended."));
}
