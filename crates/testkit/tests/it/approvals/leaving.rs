//! Whoever said yes leaves: what their word gave ends with it, or waits for somebody else's, as the organization wants it.

use serde_json::{Value, json};

use super::permissions::Office;
use super::{Desk, answers};
use crate::world::Person;
use chancery_testkit::{Browser, PASSWORD};

/// An office in which Carol of finance has to say yes too.
struct Firm {
    o: Office,
    carol: Person,
    hers: Browser,
}

impl Firm {
    async fn open() -> Self {
        let mut o = Office::open().await;
        let (carol, hers) = second(&mut o.d).await;
        Self { o, carol, hers }
    }

    /// A permission to which both said yes: its id, and a token that rests on it.
    async fn given(&mut self) -> (String, String) {
        let asked = self.o.asks(json!({"seconds": 600})).await;
        self.o.says(&asked, "approve").await;
        let done = answers(&mut self.hers, asked["id"].as_str().unwrap(), "approve").await;
        assert_eq!(done.status, 303, "{}", done.body);
        (asked["grant"].as_str().unwrap().to_owned(), self.o.attempt().await.access())
    }

    async fn carol_leaves(&mut self) {
        let path = format!("/api/v1/users/{}/disable", self.carol.id);
        self.o.d.w.make(&path, json!({"reason": "left"})).await;
    }

    async fn put_to_review(&mut self) {
        let org =
            self.o.d.w.read("/api/v1/organizations").await["items"][0]["id"].as_str().unwrap().to_owned();
        let api = self.o.d.w.api().await;
        let path = format!("/api/v1/organizations/{org}");
        let done = api.patch(&path, json!({"approver_left": "review"})).await.unwrap();
        assert_eq!((done.status, &done.body["approver_left"]), (200, &json!("review")), "{done:?}");
    }

    async fn status_of(&mut self, grant: &str) -> u16 {
        let api = self.o.d.w.api().await;
        api.get(&format!("/api/v1/grants/{grant}")).await.unwrap().status
    }
}

async fn second(d: &mut Desk) -> (Person, Browser) {
    let carol = d.w.person("carol").await;
    let mut hers = d.w.kit.browser().unwrap();
    hers.sign_in(&carol.login, PASSWORD).await.unwrap();
    let group =
        d.w.make("/api/v1/groups", json!({"name": "finance"})).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/groups/{group}/members/{}", carol.id);
    d.w.api().await.send(reqwest::Method::PUT, &path, None, None).await.unwrap().ok().unwrap();
    let body = json!({"agent": d.agent.id, "application": d.crm.id, "approval": "crm.pay",
        "approver": ["person", {"who": group}]});
    d.w.make("/api/v1/connections", body).await;
    (carol, hers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_ends_when_somebody_leaves_who_had_said_yes_to_it() {
    let mut f = Firm::open().await;
    let (grant, token) = f.given().await;
    let read = f.o.d.w.read(&format!("/api/v1/grants/{grant}")).await;
    let by: Vec<&str> = read["approved_by"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        by.len() == 2 && by.contains(&f.carol.id.as_str()) && by.contains(&f.o.d.brandon.id.as_str()),
        "{by:?}"
    );
    assert!(f.o.d.w.alive(&f.o.d.crm.guard, &token).await);
    f.carol_leaves().await;
    assert!(!f.o.d.w.alive(&f.o.d.crm.guard, &token).await, "what rested on her yes is dead");
    assert_eq!(f.status_of(&grant).await, 404);
    assert_eq!(f.o.attempt().await.body["reason"], "approval_required");
    let ended = f.o.d.w.events("grant_ended").await;
    let why = ended[0]["data"]["reason"].as_str().unwrap();
    assert!(ended.len() == 1 && why.contains("a yes of somebody who has left"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_that_is_wanted_it_goes_on_in_review_until_somebody_else_says_yes() {
    let mut f = Firm::open().await;
    f.put_to_review().await;
    let (grant, token) = f.given().await;
    let (path, confirm) = (format!("/api/v1/grants/{grant}"), format!("/api/v1/grants/{grant}/confirm"));
    let early = f.o.d.w.api().await.post(&confirm, json!({})).await.unwrap();
    assert_eq!((early.status, early.text("code").unwrap()), (409, "not_in_review"));
    f.carol_leaves().await;
    assert!(f.o.d.w.alive(&f.o.d.crm.guard, &token).await, "it goes on");
    assert!(f.o.d.w.read(&path).await["in_review"].is_string());
    let noted = f.o.d.w.events("grant_orphaned").await;
    assert_eq!(
        (noted.len(), &noted[0]["data"]["left"], &noted[0]["severity"]),
        (1, &json!(f.carol.id), &json!("warning"))
    );
    let page = f.o.d.w.desk.get("/console/grants").await.unwrap();
    assert!(page.body.contains("its approver has left"), "{}", page.body);
    // Neither the agent nor the person it is for says so.
    assert!(matches!(f.o.agent.post(&confirm, json!({})).await.unwrap().status, 403 | 404));
    let api = f.o.d.w.management();
    f.o.d.w.assign(&f.o.d.brandon.id.clone(), &api, Some("reviews.manage")).await;
    let his = f.o.d.w.kit.management_token(&mut f.o.d.browser, None).await.unwrap();
    let his = chancery_testkit::Api::new(f.o.d.w.kit.base(), Some(his)).unwrap();
    let own = his.post(&confirm, json!({})).await.unwrap();
    assert_eq!((own.status, own.text("code").unwrap()), (403, "own_permission"), "{own:?}");
    let done = f.o.d.w.desk.submit(&page, &format!("/console/grants/{grant}/confirm"), &[]).await.unwrap();
    assert_eq!(done.status, 303, "{}", done.body);
    let kept = f.o.d.w.read(&path).await;
    let by = kept["approved_by"].to_string();
    assert!(
        kept["in_review"].is_null() && !by.contains(&f.carol.id) && by.contains(&f.o.d.brandon.id),
        "{kept}"
    );
    assert_eq!(f.o.d.w.events("grant_confirmed").await.len(), 1);
    let again = f.o.d.w.api().await.post(&confirm, json!({})).await.unwrap();
    assert_eq!(again.status, 409);
    assert!(f.o.d.w.alive(&f.o.d.crm.guard, &token).await);
    f.o.d.w.advance(600);
    assert!(!f.o.d.w.alive(&f.o.d.crm.guard, &token).await, "and to no later end than it had");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_one_yes_became_dies_when_its_approver_is_removed() {
    let mut d = Desk::open().await;
    let (carol, mut hers) = second(&mut d).await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    assert_eq!(answers(&mut hers, &asked.approval, "approve").await.status, 303);
    let token = d.poll(&asked).await.access();
    let untouched = d.ask_with(&[("binding_message", "another"), ("scope", "openid crm.write")]).await;
    assert!(d.w.alive(&d.crm.guard, &token).await);
    d.w.delete(&format!("/api/v1/users/{}", carol.id)).await;
    assert!(!d.w.alive(&d.crm.guard, &token).await);
    assert_eq!(d.state(&untouched).await, "pending", "what she had no part in stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_take_back_a_yes_to_more_time_ends_what_it_prolonged() {
    let mut o = Office::open().await;
    let asked = o.is_given(json!({"seconds": 240})).await;
    let grant = asked["grant"].as_str().unwrap().to_owned();
    let more =
        json!({"extends": grant, "seconds": 600, "purpose": "It takes longer", "user": o.d.brandon.id});
    let filed = o.agent.post("/api/v1/requests", more).await.unwrap();
    assert_eq!(filed.status, 201, "{}", filed.body);
    o.says(&filed.body, "approve").await;
    let token = o.attempt().await.access();
    let path = format!("/inbox/{}", filed.body["id"].as_str().unwrap());
    let page = o.d.browser.get(&path).await.unwrap();
    let done = o.d.browser.submit(&page, &format!("{path}/take-back"), &[]).await.unwrap();
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(!o.d.w.alive(&o.d.crm.guard, &token).await, "what it prolonged has ended");
    assert_eq!(o.attempt().await.body["reason"], "approval_required");
    let withdrawn = o.d.w.events("approval_withdrawn").await;
    assert_eq!(withdrawn[0]["data"]["grant"], json!(grant), "{withdrawn:?}");
}
