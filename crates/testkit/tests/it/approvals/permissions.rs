//! Permissions for a while: asked for by agents and people, extended, given back, taken in an emergency, and over when they
//! are over.

use std::time::Duration;

use chancery_testkit::Api;
use serde_json::{Value, json};

use super::{Desk, answers};
use crate::world::{Reply, claims};

/// The desk, with an agent that may ask through the API.
pub struct Office {
    pub d: Desk,
    /// The API with a token of the agent's own.
    pub agent: Api,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_on(crate::world::World::start().await).await
    }

    pub async fn open_on(w: crate::world::World) -> Self {
        let mut d = Desk::open_on(w).await;
        let api = d.w.management();
        let agent = d.agent.id.clone();
        d.w.assign(&agent, &api, Some("requests.read requests.manage")).await;
        let agent = Self::of(&d, &d.agent.client.clone()).await;
        Self { d, agent }
    }

    async fn of(d: &Desk, client: &crate::world::Client) -> Api {
        let resource = d.w.kit.api_resource();
        let fields = [("grant_type", "client_credentials"), ("resource", resource.as_str())];
        Api::new(d.w.kit.base(), Some(d.w.token(client, &fields).await.access())).unwrap()
    }

    /// The agent's token lives five minutes.
    pub async fn again(&mut self) {
        self.agent = Self::of(&self.d, &self.d.agent.client.clone()).await;
    }

    fn wish(&self, more: Value) -> Value {
        let mut wish = json!({"user": self.d.brandon.id, "application": self.d.crm.id, "scopes": "crm.pay",
            "purpose": "Pay the invoice of Acme Corp"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish
    }

    pub async fn asks(&self, more: Value) -> Value {
        let filed = self.agent.post("/api/v1/requests", self.wish(more)).await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        filed.body
    }

    pub async fn is_given(&mut self, more: Value) -> Value {
        let asked = self.asks(more).await;
        self.says(&asked, "approve").await;
        asked
    }

    pub async fn says(&mut self, asked: &Value, word: &str) {
        let page = answers(&mut self.d.browser, asked["id"].as_str().unwrap(), word).await;
        assert_eq!(page.status, 303, "{}", page.body);
    }

    pub async fn presence(&self) -> String {
        let fields = [("scope", "openid offline_access")];
        self.d.w.sign_in(&self.d.brandon, &self.d.agent.client, &fields).await.access
    }

    pub async fn exchange(&self, subject: &str) -> Reply {
        let more = [("resource", self.d.crm.resource.as_str()), ("scope", "crm.pay")];
        self.d.w.exchange(&self.d.agent.client, subject, &more).await
    }

    pub async fn attempt(&self) -> Reply {
        self.exchange(&self.presence().await).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_asks_a_person_says_yes_and_nothing_works_after_the_end() {
    let mut o = Office::open().await;
    assert_eq!(o.attempt().await.body["reason"], "approval_required");
    let asked = o.asks(json!({"seconds": 120})).await;
    assert_eq!((&asked["state"], &asked["access"]["seconds"]), (&json!("pending"), &json!(120)));
    let id = asked["id"].as_str().unwrap();
    let page = o.d.browser.get(&format!("/inbox/{id}")).await.unwrap();
    assert!(
        page.body.contains("Pay the invoice of Acme Corp") && page.body.contains("2 minutes"),
        "{}",
        page.body
    );
    assert_eq!(o.asks(json!({})).await["id"], asked["id"], "the same question waits already");
    o.says(&asked, "approve").await;
    let read = o.agent.get(&format!("/api/v1/requests/{id}")).await.unwrap().body;
    assert_eq!(read["state"], "redeemed", "{read}");
    let grant = o.d.w.read(&format!("/api/v1/grants/{}", asked["grant"].as_str().unwrap())).await;
    assert_eq!(
        (&grant["seconds_left"], &grant["purpose"]),
        (&json!(120), &json!("Pay the invoice of Acme Corp"))
    );
    let subject = o.presence().await;
    // Second by second: as long as it is in force it works, and no token outlives it.
    let mut tokens = Vec::new();
    for second in 0..=125 {
        let reply = o.exchange(&subject).await;
        let works = second < 120;
        assert_eq!(reply.status == 200, works, "second {second}: {}", reply.text);
        if works && second % 10 == 9 {
            tokens.push(reply.access());
        }
        for token in tokens.iter().rev().take(2) {
            assert_eq!(o.d.w.alive(&o.d.crm.guard, token).await, works, "second {second}");
        }
        o.d.w.advance(1);
    }
    assert!(tokens.iter().all(|token| claims(token)["exp"].as_i64().unwrap() <= o.d.w.now() - 6));
    let over = o.d.w.read("/api/v1/grants?origin=approval&in_force=true").await;
    assert_eq!(over["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_is_given_back_early_by_its_agent_and_by_its_person_and_by_nobody_else() {
    let mut o = Office::open().await;
    let other = o.d.w.agent("other").await;
    let api = o.d.w.management();
    o.d.w.assign(&other.id, &api, Some("requests.read requests.manage")).await;
    let stranger = Office::of(&o.d, &other.client).await;
    for by_person in [false, true] {
        let asked = o.is_given(json!({})).await;
        let token = o.attempt().await.access();
        let path = format!("/api/v1/grants/{}/return", asked["grant"].as_str().unwrap());
        assert_eq!(stranger.post(&path, json!({})).await.unwrap().status, 404);
        assert!(o.d.w.alive(&o.d.crm.guard, &token).await);
        let returned = if by_person {
            let (brandon, api) = (o.d.brandon.clone(), o.d.w.management());
            o.d.w.assign(&brandon.id, &api, Some("requests.manage")).await;
            let token = o.d.w.kit.management_token(&mut o.d.browser, None).await.unwrap();
            Api::new(o.d.w.kit.base(), Some(token)).unwrap().post(&path, json!({})).await.unwrap()
        } else {
            o.agent.post(&path, json!({})).await.unwrap()
        };
        assert_eq!(returned.status, 204, "{}", returned.body);
        assert!(!o.d.w.alive(&o.d.crm.guard, &token).await, "its token is dead");
        assert_eq!(o.attempt().await.body["reason"], "approval_required");
        assert_eq!(o.agent.post(&path, json!({})).await.unwrap().status, 404, "it is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_is_another_question_and_a_no_leaves_what_there_is() {
    let mut o = Office::open().await;
    let asked = o.is_given(json!({"seconds": 240})).await;
    let grant = asked["grant"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/grants/{grant}");
    for (word, left) in [("deny", 240), ("approve", 840)] {
        let more = json!({"extends": grant, "seconds": 600, "purpose": format!("It takes longer: {word}")});
        let body =
            json!({"purpose": more["purpose"], "extends": grant, "seconds": 600, "user": o.d.brandon.id});
        let filed = o.agent.post("/api/v1/requests", body).await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        assert_eq!(
            (&filed.body["access"]["extends"], &filed.body["scope"]),
            (&json!(grant), &json!("crm.pay"))
        );
        assert_eq!(o.d.w.read(&path).await["seconds_left"], 240, "nothing is longer before the yes");
        o.says(&filed.body, word).await;
        assert_eq!(o.d.w.read(&path).await["seconds_left"], left, "{word}");
        // After a no the same is not asked at once.
        o.d.w.advance(61);
        o.again().await;
        if word == "deny" {
            assert_eq!(o.d.w.read(&path).await["seconds_left"], 179);
            let asked_again = o.agent.post(&format!("{path}/return"), json!({})).await.unwrap();
            assert_eq!(asked_again.status, 204);
            let fresh = o.is_given(json!({"seconds": 240})).await;
            assert_ne!(fresh["grant"], json!(grant));
            return o.extended(fresh["grant"].as_str().unwrap()).await;
        }
    }
}

impl Office {
    async fn extended(mut self, grant: &str) {
        let wish = |scopes: &str| json!({"purpose": "It takes longer", "extends": grant, "seconds": 600, "scopes": scopes});
        let wider = self.agent.post("/api/v1/requests", wish("crm.pay crm.write")).await.unwrap();
        assert_eq!(wider.status, 400, "no more than it had: {}", wider.body);
        let filed = self.agent.post("/api/v1/requests", wish("crm.pay")).await.unwrap();
        assert_eq!(filed.status, 201, "{}", filed.body);
        self.says(&filed.body, "approve").await;
        let path = format!("/api/v1/grants/{grant}");
        assert_eq!(self.d.w.read(&path).await["seconds_left"], 840);
        self.d.w.advance(839);
        assert_eq!(self.attempt().await.status, 200);
        self.d.w.advance(1);
        assert_eq!(self.attempt().await.body["reason"], "approval_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_by_itself_says_where_to_wait() {
    let mut o = Office::open().await;
    let reach = json!({"agent": o.d.agent.id, "application": o.d.crm.id, "approval": "crm.pay", "asks_by_itself": true});
    o.d.w.make("/api/v1/connections", reach).await;
    let refused = o.attempt().await;
    assert_eq!(refused.body["reason"], "approval_required");
    assert_eq!(refused.header("retry-after"), "5");
    let asked = json!({"id": refused.body["approval"]});
    let wait = refused.body["wait"].as_str().unwrap().to_owned();
    assert!(wait.starts_with(&o.d.w.kit.url("/api/v1/requests/apr_")), "{wait}");
    let (http, token) = (o.d.w.http.clone(), o.agent.token.clone().unwrap());
    let waiting = tokio::spawn(async move {
        let sent = http.get(wait).bearer_auth(token).send().await.unwrap();
        sent.json::<Value>().await.unwrap()
    });
    o.says(&asked, "approve").await;
    let told = tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
    assert_eq!(told["state"], "redeemed", "whoever waits is told at once");
    assert_eq!(o.attempt().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_takes_it_back_and_what_no_yes_can_give_is_not_asked() {
    let mut o = Office::open().await;
    let other = o.d.w.agent("other").await;
    let api = o.d.w.management();
    o.d.w.assign(&other.id, &api, Some("requests.read requests.manage")).await;
    let stranger = Office::of(&o.d, &other.client).await;
    let asked = o.asks(json!({})).await;
    let path = format!("/api/v1/requests/{}", asked["id"].as_str().unwrap());
    let why = json!({"reason": "not needed any more"});
    assert_eq!(stranger.get(&path).await.unwrap().status, 404);
    assert_eq!(stranger.post(&format!("{path}/cancel"), why.clone()).await.unwrap().status, 404);
    assert_eq!(stranger.get("/api/v1/requests").await.unwrap().body["items"], json!([]));
    assert_eq!(o.agent.get("/api/v1/requests").await.unwrap().body["items"].as_array().unwrap().len(), 1);
    let canceled = o.agent.post(&format!("{path}/cancel"), why).await.unwrap();
    assert_eq!((canceled.status, &canceled.body["state"]), (200, &json!("canceled")));
    for (more, status, code) in [
        (json!({"scopes": "crm.wipe"}), 403, "not_available"),
        (json!({"scopes": "crm.read"}), 409, "nothing_to_ask"),
        (json!({"scopes": ""}), 400, "scopes_missing"),
        (json!({"purpose": " "}), 400, "purpose_missing"),
        (json!({"seconds": 86_400}), 400, "bad_length"),
        (json!({"agent": other.id}), 400, "other_holder"),
        (json!({"application": "app_00000000000000000000000001"}), 400, "unknown_reference"),
        (json!({"extends": "grt_00000000000000000000000001"}), 400, "unknown_reference"),
        (json!({"user": "usr_00000000000000000000000001"}), 400, "unknown_reference"),
    ] {
        let refused = o.agent.post("/api/v1/requests", o.wish(more.clone())).await.unwrap();
        assert_eq!(
            (refused.status, refused.body["code"].as_str()),
            (status, Some(code)),
            "{more}: {}",
            refused.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_for_an_agent_as_an_agent_does_for_itself() {
    let mut o = Office::open().await;
    let (brandon, api) = (o.d.brandon.clone(), o.d.w.management());
    o.d.w.assign(&brandon.id, &api, Some("requests.read requests.manage")).await;
    let token = o.d.w.kit.management_token(&mut o.d.browser, None).await.unwrap();
    let person = Api::new(o.d.w.kit.base(), Some(token)).unwrap();
    let mut wish = o.wish(json!({"agent": o.d.agent.id}));
    let refused = person
        .post("/api/v1/requests", json!({"application": o.d.crm.id, "scopes": "crm.pay", "purpose": "x"}));
    assert_eq!(refused.await.unwrap().body["code"], "agent_missing");
    wish.as_object_mut().unwrap().remove("user");
    let filed = person.post("/api/v1/requests", wish).await.unwrap();
    assert_eq!((filed.status, &filed.body["access"]["by"]), (201, &json!(brandon.id)), "{}", filed.body);
    o.says(&filed.body, "approve").await;
    assert_eq!(o.attempt().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_is_loud_short_and_reviewed_by_somebody_else() {
    let mut o = Office::open().await;
    let (brandon, api) = (o.d.brandon.clone(), o.d.w.management());
    o.d.w.assign(&brandon.id, &api, Some("requests.read requests.manage")).await;
    let as_brandon = async |o: &mut Office| {
        let token = o.d.w.kit.management_token(&mut o.d.browser, None).await.unwrap();
        Api::new(o.d.w.kit.base(), Some(token)).unwrap()
    };
    let taken = json!({"agent": o.d.agent.id, "application": o.d.crm.id, "scopes": "crm.pay",
        "reason": "Nobody answers, and the invoice is due"});
    let person = as_brandon(&mut o).await;
    let refused = person.post("/api/v1/emergencies", taken.clone()).await.unwrap();
    assert_eq!(refused.status, 403, "it takes the role: {}", refused.body);
    let role =
        o.d.w.make("/api/v1/groups", json!({"name": "night watch"})).await["id"].as_str().unwrap().to_owned();
    o.d.w.assign(&role, &api, Some("emergencies.manage reviews.manage")).await;
    let joined = format!("/api/v1/groups/{role}/members/{}", brandon.id);
    o.d.w.api().await.send(reqwest::Method::PUT, &joined, None, None).await.unwrap().ok().unwrap();
    let person = as_brandon(&mut o).await;
    let none = json!({"agent": o.d.agent.id, "application": o.d.crm.id, "scopes": "crm.pay", "reason": ""});
    assert_eq!(person.post("/api/v1/emergencies", none).await.unwrap().body["code"], "purpose_missing");
    let wipe = json!({"agent": o.d.agent.id, "application": o.d.crm.id, "scopes": "crm.wipe", "reason": "x"});
    assert_eq!(person.post("/api/v1/emergencies", wipe).await.unwrap().status, 403, "never stays never");
    let declared = person.post("/api/v1/emergencies", taken).await.unwrap();
    assert_eq!(declared.status, 201, "{}", declared.body);
    let token = o.attempt().await.access();
    let events = o.d.w.events("emergency_declared").await;
    assert_eq!((events.len(), &events[0]["severity"]), (1, &json!("alert")), "{events:?}");
    let review = format!("/api/v1/emergencies/{}/review", declared.body["id"].as_str().unwrap());
    let finding = json!({"justified": false, "note": "The invoice was not due"});
    let own = person.post(&review, finding.clone()).await.unwrap();
    assert_eq!(own.body["code"], "own_emergency", "{}", own.body);
    let waits = async |o: &mut Office| {
        o.d.w.read("/api/v1/emergencies?unreviewed=true").await["items"].as_array().unwrap().len()
    };
    assert_eq!(waits(&mut o).await, 1);
    assert!(o.d.w.alive(&o.d.crm.guard, &token).await);
    let reviewed = o.d.w.make(&review, finding.clone()).await;
    assert_eq!(reviewed["access"]["review"]["justified"], false);
    assert_eq!(waits(&mut o).await, 0);
    assert!(!o.d.w.alive(&o.d.crm.guard, &token).await, "what was not justified ends");
    let again = o.d.w.api().await.post(&review, finding).await.unwrap();
    assert_eq!(again.body["code"], "reviewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_declares_no_emergency_whatever_it_holds() {
    let mut o = Office::open().await;
    let api = o.d.w.management();
    let other = o.d.w.agent("eager").await;
    o.d.w.assign(&other.id, &api, Some("emergencies.manage")).await;
    let reach = json!({"agent": other.id, "application": api.id, "auto": "emergencies.manage"});
    o.d.w.make("/api/v1/connections", reach).await;
    let eager = Office::of(&o.d, &other.client).await;
    let taken = json!({"agent": other.id, "application": o.d.crm.id, "scopes": "crm.pay", "reason": "x"});
    let refused = eager.post("/api/v1/emergencies", taken).await.unwrap();
    assert_eq!(
        (refused.status, refused.body["code"].as_str()),
        (403, Some("person_needed")),
        "{}",
        refused.body
    );
    assert_eq!(o.d.w.events("access_denied").await.len(), 1);
}
