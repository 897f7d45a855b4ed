//! The pages of the administration: who may not, gets nowhere and is in the log; who may, is in the log as well.

use std::collections::BTreeSet;

use chancery_audit::{Event, Text};
use chancery_console::links::ROUTES;
use chancery_jose::{Alg, SigningKey};
use chancery_kernel::Fault;
use chancery_model::Grant;
use chancery_testkit::{ADMINISTRATOR, Browser, PASSWORD, Page};
use serde_json::{Value, json};

use crate::world::{CALLBACK, Person, Reply, Scene, World, fill};

/// One form of the administration, rightly filled in, and the event it leaves.
struct Form {
    pattern: &'static str,
    path: String,
    fields: Vec<(&'static str, String)>,
    /// Of its events.
    kind: &'static str,
}

/// An emergency that nobody has looked at, and the permission that was taken in it.
struct Taken {
    approval: String,
    grant: String,
    /// Another one, whose approver has left.
    orphan: String,
}

const MODEL: &str = "model\n  schema 1.1\ntype user\ntype document\n  relations\n    define viewer: [user]\n    define reader: viewer\n";
const TUPLE: [(&str, &str); 3] = [("object", "document:page"), ("relation", "viewer"), ("user", "user:page")];

/// Every form, in an order in which each finds what it needs.
fn forms(s: &Scene, taken: &Taken, keyed: &str, ada: &str, seen: &str) -> Vec<Form> {
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let jwk = serde_json::to_string(key.public().jwk()).unwrap();
    let form = |name: &'static str, id: &str, kind: &'static str, fields: &[(&'static str, &str)]| {
        let pattern =
            ROUTES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no route {name}")).1;
        let path: Vec<&str> =
            pattern.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Form { pattern, path: path.join("/"), fields, kind }
    };
    let why = ("why", "a test");
    let sure = [("reason", "a test"), ("sure", "yes")];
    let tiers = [
        ("application", s.application.as_str()),
        ("tier.crm.read", "auto"),
        ("tier.crm.pay", "never"),
        ("approver", "person"),
    ];
    let system = |name: &'static str, resource: &'static str| {
        [
            ("name", name),
            ("resource", resource),
            ("profile", "rfc8693"),
            ("dual_subject", "required"),
            ("consent", "organization"),
            ("alg", "ES256"),
            ("token_lifetime", "300"),
            ("description", "is changed"),
        ]
    };
    let tuple = [("act", "add"), TUPLE[0], TUPLE[1], TUPLE[2], ("seen", seen)];
    let scope = [("name", "crm.look"), ("title", "look"), ("action", "read"), ("tier", "auto")];
    let person = [
        ("login", "new@corp.example"),
        ("email", "new@corp.example"),
        ("display_name", "New"),
        ("password", PASSWORD),
    ];
    vec![
        form("token_revoke", &s.token, "token_revoked", &[("on", "client"), ("id", &s.client)]),
        form(
            "clients",
            "",
            "client_created",
            &[
                ("name", "fresh tool"),
                ("face", "tool"),
                ("auth", "client_secret_basic"),
                ("grant.credentials", "yes"),
            ],
        ),
        form(
            "agents",
            "",
            "agent_registered",
            &[("name", "fresh"), ("purpose", "is new"), ("owner", ADMINISTRATOR)],
        ),
        form(
            "agent",
            &s.agent,
            "agent_updated",
            &[("purpose", "is changed"), ("sponsor", ADMINISTRATOR), why],
        ),
        form("agent_owner_add", &s.agent, "agent_updated", &[("user", "alice@corp.example")]),
        form("agent_owner_remove", &s.agent, "agent_updated", &[("user", &s.user)]),
        form(
            "organization",
            "",
            "organization_updated",
            &[("title", "Renamed"), ("second_factor", "when_enrolled"), ("approver_left", "review")],
        ),
        form(
            "approval_review",
            &taken.approval,
            "emergency_reviewed",
            &[("justified", "yes"), ("note", "a test")],
        ),
        form("grant_confirm", &taken.orphan, "grant_confirmed", &[]),
        form("grant_return", &taken.grant, "grant_ended", &[]),
        form("approver_folder", &s.folder, "folder_updated", &[("who.0", "manager"), ("count.0", "1")]),
        form("approver_secret", &s.vaulted, "secret_updated", &[("who.0", "agent_owner"), ("count.0", "1")]),
        form("approval_cancel", &s.approval, "approval_canceled", &[("reason", "a test")]),
        form("agent_contain", &s.agent, "agent_contained approval_canceled grant_ended", &sure),
        form("agent_release", &s.agent, "agent_released", &sure),
        form("agent_run_stop", &s.agent, "run_stopped", &[("run", &s.run)]),
        form(
            "agent_client_create",
            &s.agent,
            "client_created",
            &[("name", "page face"), ("auth", "client_secret_basic")],
        ),
        form("client_secret_create", &s.client, "client_secret_added", &[]),
        form("client_secret_remove", &s.client, "client_secret_removed", &[("name", &s.secret)]),
        form("client_key_add", keyed, "client_keys_changed", &[("jwk", &jwk)]),
        form("client_key_remove", keyed, "client_keys_changed", &[("name", key.kid())]),
        form("client", keyed, "client_updated", &[("name", "renamed"), ("grant.credentials", "yes")]),
        form("client_delete", keyed, "client_deleted", &[("sure", "yes")]),
        form("client_disable", &s.client, "client_disabled", &[]),
        form("client_enable", &s.client, "client_enabled", &[]),
        form("connection", &s.connection, "connection_updated", &tiers),
        form(
            "approver_connection",
            &s.connection,
            "connection_updated",
            &[("who.0", "manager"), ("count.0", "1")],
        ),
        form("connection_end", &s.connection, "connection_deleted", &[]),
        form("agent_connection_create", &s.agent, "connection_created", &tiers),
        form("agent_stage", &s.agent, "agent_stage_changed", &[("stage", "suspended"), why]),
        form("applications", "", "application_created", &system("ledger", "https://ledger.example")),
        form("application", &s.application, "application_updated", &system("crm", "")),
        form("scope_set", &s.application, "application_updated", &scope),
        form("scope_remove", &s.application, "application_updated", &[("name", "crm.look")]),
        form("application_disable", &s.application, "application_updated", &[]),
        form("application_enable", &s.application, "application_updated", &[]),
        form(
            "assign",
            "",
            "assignment_created",
            &[("kind", "group"), ("name", &s.group), ("application", &s.application), ("scopes", "crm.read")],
        ),
        form("unassign", &s.assignment, "assignment_removed", &[]),
        form(
            "approver_scope",
            &s.application,
            "application_updated",
            &[("scope", "crm.pay"), ("who.0", "agent_owner")],
        ),
        form("users", "", "user_created password_set", &person),
        form(
            "user",
            &s.user,
            "user_updated",
            &[("email", "alice@corp.example"), ("display_name", "Changed")],
        ),
        form(
            "user_password",
            &s.user,
            "password_set session_ended session_ended family_revoked",
            &[("password", "another password entirely")],
        ),
        form("user_factors_reset", &s.user, "factors_reset", &[("reason", "lost phone")]),
        form("user_disable", &s.user, "user_disabled", &[("reason", "a test")]),
        form("user_enable", &s.user, "user_enabled", &[]),
        form("groups", "", "group_created", &[("name", "fresh")]),
        form("group", &s.group, "group_updated", &[("name", "renamed"), ("description", "is changed")]),
        form("member_add", &s.group, "member_added", &[("user", ada)]),
        form("member_remove", &s.group, "member_removed", &[("user", ada)]),
        form("lease_end", &s.vaulted, "lease_ended", &[("lease", &s.lease), ("reason", "a test")]),
        form("secret_rotate", &s.vaulted, "rotation_begun", &[]),
        form(
            "endpoints",
            "",
            "endpoint_created",
            &[
                ("name", "told"),
                ("kind", "webhook"),
                ("address", "https://hooks.invalid/of-a-page"),
                ("told.asked", "yes"),
            ],
        ),
        form(
            "endpoint",
            &s.endpoint,
            "endpoint_updated",
            &[("name", "renamed"), ("address", "https://hooks.invalid/elsewhere"), ("told.answered", "yes")],
        ),
        form("endpoint_rotate", &s.endpoint, "endpoint_secret_rotated", &[]),
        form("endpoint_test", &s.endpoint, "endpoint_tested", &[]),
        form("endpoint_disable", &s.endpoint, "endpoint_updated", &[]),
        form("endpoint_enable", &s.endpoint, "endpoint_updated", &[]),
        form("endpoint_delete", &s.endpoint, "endpoint_deleted", &[("sure", "yes")]),
        form("stores", "", "store_created", &[("name", "fresh store")]),
        form("store_tuples", &s.store, "tuples_written", &tuple),
        form("store_models", &s.store, "model_written", &[("text", MODEL), ("act", "write")]),
        form("group_delete", &s.group, "group_deleted assignment_removed member_removed", &[]),
    ]
}

struct Desk {
    w: World,
    forms: Vec<Form>,
    ada: String,
    reader: String,
}

impl Desk {
    async fn new() -> Self {
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
        Self { forms: forms(&scene, &taken, &keyed.id, &ada, &seen), w, ada, reader }
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

/// What the administrator saw of the tuple that is added by the page.
async fn seen(w: &mut World, scene: &Scene) -> String {
    let store = &scene.store;
    let at = format!("/fga/stores/{store}/authorization-models");
    let viewer = json!({"directly_related_user_types": [{"type": "user"}]});
    let model = json!({"schema_version": "1.1", "type_definitions": [{"type": "user"}, {"type": "document",
        "relations": {"viewer": {"this": {}}, "reader": {"computedUserset": {"relation": "viewer"}}},
        "metadata": {"relations": {"viewer": viewer}}}]});
    w.make(&at, model).await;
    let query: Vec<String> = TUPLE.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let page =
        w.desk.get(&format!("/console/stores/{store}/change?act=add&{}", query.join("&"))).await.unwrap();
    page.body.split_once("name=\"seen\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

/// By somebody who gains by it, so that the administrator may review it.
async fn emergency(w: &mut World, scene: &Scene) -> Taken {
    let (watch, api) = w.officer("watch", "emergencies.manage").await;
    let assigned = json!({"principal": watch.id, "application": scene.application});
    w.make("/api/v1/assignments", assigned).await;
    let taken = json!({"agent": scene.agent, "application": scene.application, "scopes": "crm.pay", "reason": "a test"});
    let declared = api.post("/api/v1/emergencies", taken).await.unwrap().ok().unwrap();
    Taken {
        approval: declared.text("id").unwrap().to_owned(),
        grant: declared.text("grant").unwrap().to_owned(),
        orphan: orphan(w, declared.text("grant").unwrap()).await,
    }
}

/// Like this permission, and in review.
async fn orphan(w: &World, like: &str) -> String {
    let db = &w.kit.running.platform.db;
    let org = db.hot().org_by_slug("corp").unwrap();
    let like = db.hot().grants.find(org, like.parse().unwrap()).unwrap().clone();
    let made = db.write(org, chancery_store::Who::SYSTEM, move |tx| {
        let (id, now) = (tx.id(), tx.now());
        let grant = tx.insert(Grant { id, in_review: Some(now), ..Grant::clone(&like) })?;
        let (left, user) = (grant.user, grant.user);
        let (agent, until, reason) = (grant.agent, grant.until, Text::word("a test"));
        let event = Event::GrantOrphaned { grant: id, left, user, agent, until, reason };
        Ok::<_, Fault>(tx.record(event).with(id))
    });
    made.await.unwrap().to_string()
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
