//! The pages of the administration: who may not, gets nowhere and is in the log; who may, is in the log as well.

mod forms;

use std::collections::BTreeSet;

use chancery_console::links::ROUTES;
use chancery_testkit::{Browser, PASSWORD, Page};
use serde_json::{Value, json};

use self::forms::{Taken, emergency, forms, seen};
use crate::world::{CALLBACK, Person, Reply, Scene, World, fill};

pub use self::forms::Form;

pub struct Desk {
    pub w: World,
    pub scene: Scene,
    pub forms: Vec<Form>,
    ada: String,
    reader: String,
}

/// The path of a page, with the ids of a scene.
pub fn pattern_at(pattern: &str, at: &Scene) -> String {
    let ids = [
        ("{agent}", &at.agent),
        ("{application}", &at.application),
        ("{approval}", &at.approval),
        ("{assignment}", &at.assignment),
        ("{client}", &at.client),
        ("{connection}", &at.connection),
        ("{endpoint}", &at.endpoint),
        ("{event}", &at.event),
        ("{factor}", &at.factor),
        ("{folder}", &at.folder),
        ("{grant}", &at.grant),
        ("{group}", &at.group),
        ("{model}", &at.model),
        ("{position}", &at.token),
        ("{request}", &at.request),
        ("{secret}", &at.vaulted),
        ("{store}", &at.store),
        ("{user}", &at.user),
    ];
    let path = ids.iter().fold(pattern.to_owned(), |path, (name, id)| path.replace(name, id));
    // The rest names nothing in any scene.
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

impl Desk {
    pub async fn new() -> Self {
        let mut w = World::start().await;
        let scene = w.scene().await;
        let path = format!("/api/v1/secrets/resource_groups/prod/projects/crm/secrets/{}", scene.vaulted);
        let rotation = json!({"rotation": {"by": "command", "command": "nothing"}});
        w.api().await.patch(&path, rotation).await.unwrap().ok().unwrap();
        // A sign-in with refresh tokens, at something that nobody stops before the password is set anew.
        let phone = json!({"name": "phone", "auth": "client_secret_basic", "redirect_uris": [CALLBACK],
            "grants": ["authorization_code", "refresh_token"]});
        let phone = w.client(phone).await;
        let alice = Person { id: scene.user.clone(), login: "alice@corp.example".to_owned() };
        w.sign_in(&alice, &phone, &[("scope", "openid offline_access")]).await;
        let keyed = w.client(json!({"name": "keyed", "agent": scene.agent, "auth": "private_key_jwt", "grants": ["client_credentials"]})).await;
        let reader = w.scoped("events.read").await;
        let ada = crate::world::claims(&reader)["sub"].as_str().unwrap().to_owned();
        let taken = emergency(&mut w, &scene).await;
        let seen = seen(&mut w, &scene).await;
        Self { forms: forms(&scene, &taken, &keyed.id, &ada, &seen), scene, w, ada, reader }
    }

    /// The same forms, with ids that name nothing.
    pub fn forms_at(&self, nowhere: &Scene) -> Vec<Form> {
        let (approval, grant) = (nowhere.approval.clone(), nowhere.grant.clone());
        let taken = Taken { approval, orphan: grant.clone(), grant };
        forms(nowhere, &taken, &nowhere.client, &nowhere.user, "what nobody saw")
    }

    /// Every line of the log, latest first, but for those that reading leaves.
    pub async fn log(&mut self) -> Vec<String> {
        let log = self.w.get_with("/api/v1/events?limit=100", &self.reader).await;
        let lines = log.body["items"].as_array().unwrap().iter();
        lines.map(|event| format!("{} {}", event["id"], event["kind"])).collect()
    }

    /// A person who holds these scopes of the administration, signed in.
    async fn person(&mut self, name: &str, scopes: &str) -> Browser {
        let person = self.w.person(name).await;
        let api = {
            let hot = self.w.kit.running.platform.db.hot();
            let found = hot.applications.all().find(|app| app.builtin).map(|app| app.id.to_string());
            found.unwrap()
        };
        if !scopes.is_empty() {
            let body = json!({"principal": person.id, "application": api, "scopes": scopes});
            self.w.make("/api/v1/assignments", body).await;
        }
        let mut browser = self.w.kit.browser().unwrap();
        browser.sign_in(&person.login, PASSWORD).await.unwrap();
        browser
    }

    /// The one denial of this request.
    async fn denial(&self, page: Page) -> Value {
        let reply = Reply::of(page);
        let log = self.w.get_with("/api/v1/events?kind=access_denied&limit=1", &self.reader).await;
        assert_eq!(log.body["items"][0]["request_id"], reply.header("x-request-id"), "not in the log");
        log.body["items"][0]["data"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_the_administration_leaves_its_event_with_the_person_and_the_request() {
    let mut desk = Desk::new().await;
    for form in &desk.forms {
        let page = fill(&mut desk.w.desk, &form.path, &form.fields).await;
        // A fresh secret is shown on a page; everything else leads on.
        let once = ["/clients", "/secrets", "/endpoints", "/{endpoint}/rotate"];
        let shown = once.iter().any(|end| form.pattern.ends_with(end));
        assert_eq!(page.status, if shown { 200 } else { 303 }, "{} {}", form.path, page.body);
        let (kinds, actors) = desk.w.logged(&desk.reader, &Reply::of(page)).await;
        assert_eq!(kinds.join(" "), form.kind, "{}", form.path);
        assert!(actors.iter().eq([&desk.ada]), "{} by {actors:?}", form.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_takes_a_form_is_among_the_forms() {
    let mut desk = Desk::new().await;
    let known: BTreeSet<&str> = desk.forms.iter().map(|form| form.pattern).collect();
    for (name, pattern) in ROUTES.iter().filter(|(_, pattern)| pattern.starts_with("/console")) {
        let path: Vec<&str> =
            pattern.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let status = desk.w.desk.post(&path.join("/"), &[]).await.unwrap().status;
        assert_eq!(status != 405, known.contains(pattern), "{name} answers a form with {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_another_right_is_refused_at_every_form_and_is_in_the_log() {
    let mut desk = Desk::new().await;
    let mut eve = desk.person("eve", "events.read").await;
    let mut bob = desk.person("bob", "").await;
    for form in &desk.forms {
        for browser in [&mut eve, &mut bob] {
            let page = fill(browser, &form.path, &form.fields).await;
            assert_eq!(page.status, 403, "{} {}", form.path, page.body);
            assert!(page.body.contains("insufficient_scope"), "{}", form.path);
            desk.denial(page).await;
        }
    }
    // Nothing of it was done.
    let log = desk.w.get_with("/api/v1/events?limit=100", &desk.reader).await;
    let since =
        log.body["items"].as_array().unwrap().iter().filter(|event| event["actor"] != desk.ada.as_str());
    for event in since.take(2 * desk.forms.len()) {
        assert_eq!(event["kind"], "access_denied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_closed_to_those_who_hold_nothing_and_to_those_who_hold_something_else() {
    let mut desk = Desk::new().await;
    let mut bob = desk.person("bob", "").await;
    let mut eve = desk.person("eve", "marks.read").await;
    let mut stranger = desk.w.kit.browser().unwrap();
    for (name, pattern) in ROUTES.iter().filter(|(_, pattern)| pattern.starts_with("/console")) {
        let path: Vec<&str> =
            pattern.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let path = path.join("/");
        let away = stranger.get(&path).await.unwrap();
        if away.status == 405 {
            continue;
        }
        assert!(away.status == 303 && away.location.unwrap().starts_with("/sign-in"), "{name}");
        let page = bob.get(&path).await.unwrap();
        assert_eq!(page.status, 403, "{name}");
        assert_eq!(desk.denial(page).await["act"], "organization_read", "{name}");
        // A person with some right of the administration gets in, and sees only what that right shows.
        if !name.ends_with("live") {
            let page = eve.get(&path).await.unwrap();
            let shown =
                ["alice", "sales", "sellers", "crm.example"].iter().find(|text| page.body.contains(**text));
            assert!(
                [200, 403, 404].contains(&page.status) && shown.is_none(),
                "{name}: {} shows {shown:?}",
                page.status
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_page_reaches_nobody_elses_consents_and_sign_ins() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let alice = crate::world::Person { id: scene.user.clone(), login: "alice@corp.example".into() };
    let mut hers = w.kit.browser().unwrap();
    hers.sign_in(&alice.login, PASSWORD).await.unwrap();
    let me = hers.get("/me").await.unwrap();
    let session = me.body.split("/me/sessions/ses_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let bob = w.person("bob").await;
    let mut his = w.kit.browser().unwrap();
    his.sign_in(&bob.login, PASSWORD).await.unwrap();
    let unknown = Scene::nowhere();
    let alike = |page: &Page| {
        let request = page.headers["x-request-id"].to_str().unwrap();
        (page.status, page.body.replace(request, ""))
    };
    let foreign = fill(&mut his, &format!("/me/consents/{}/withdraw", scene.grant), &[]).await;
    let missing = fill(&mut his, &format!("/me/consents/{}/withdraw", unknown.grant), &[]).await;
    assert_eq!((foreign.status, alike(&foreign)), (404, alike(&missing)));
    fill(&mut his, &format!("/me/sessions/ses_{session}/end"), &[]).await;
    assert_eq!(hers.get("/me").await.unwrap().status, 200, "nobody ends another's sign-in");
    assert!(w.read("/api/v1/grants").await.to_string().contains(&scene.grant));
}
