//! Every form of the administration, rightly filled in, and what it needs to find.

use chancery_audit::{Event, Text};
use chancery_console::links::ROUTES;
use chancery_jose::{Alg, SigningKey};
use chancery_kernel::Fault;
use chancery_model::Grant;
use chancery_testkit::{ADMINISTRATOR, PASSWORD};
use serde_json::json;

use crate::world::{Scene, World};

/// One form of the administration, rightly filled in, and the event it leaves.
pub struct Form {
    pub pattern: &'static str,
    pub path: String,
    pub fields: Vec<(&'static str, String)>,
    /// Of its events.
    pub kind: &'static str,
}

/// An emergency that nobody has looked at, and the permission that was taken in it.
pub struct Taken {
    pub approval: String,
    pub grant: String,
    /// Another one, whose approver has left.
    pub orphan: String,
}

const MODEL: &str = "model\n  schema 1.1\ntype user\ntype document\n  relations\n    define viewer: [user]\n    define reader: viewer\n";
const TUPLE: [(&str, &str); 3] = [("object", "document:page"), ("relation", "viewer"), ("user", "user:page")];

/// Every form, in an order in which each finds what it needs.
pub fn forms(s: &Scene, taken: &Taken, keyed: &str, ada: &str, seen: &str) -> Vec<Form> {
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

/// What the administrator saw of the tuple that is added by the page.
pub async fn seen(w: &mut World, scene: &Scene) -> String {
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
pub async fn emergency(w: &mut World, scene: &Scene) -> Taken {
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
