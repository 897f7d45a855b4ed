//! How each operation of the API is called, so that only rights decide what comes of it.

use std::sync::atomic::{AtomicU32, Ordering};

use chancery_api::routes::{Row, TABLE};
use chancery_jose::{Alg, SigningKey};
use reqwest::header::{COOKIE, IF_MATCH};
use serde_json::{Value, json};

use crate::world::{Reply, Scene, World};

/// Names that have to be new each time.
static FRESH: AtomicU32 = AtomicU32::new(0);

fn fresh(stem: &str) -> String {
    format!("{stem}-{}", FRESH.fetch_add(1, Ordering::SeqCst))
}

pub fn row(operation: &str) -> &'static Row {
    TABLE.iter().find(|row| row.operation == operation).unwrap_or_else(|| panic!("no operation {operation}"))
}

/// The path of an operation, with the ids of a scene.
pub fn path(row: &Row, at: &Scene) -> String {
    let noun = row.path.strip_prefix("/api/v1/").unwrap_or_default().split('/').next().unwrap();
    let id = match noun {
        "agents" => &at.agent,
        "approvals" => &at.approval,
        "applications" => &at.application,
        "assignments" => &at.assignment,
        "clients" => &at.client,
        "connections" => &at.connection,
        "endpoints" => &at.endpoint,
        "events" => &at.event,
        "grants" => &at.grant,
        "groups" => &at.group,
        "organizations" => &at.organization,
        "leases" => &at.lease,
        "requests" | "emergencies" => &at.request,
        "runs" => &at.run,
        "secrets" if row.path.contains("/connections/") => &at.reach,
        "secrets" => &at.vaulted,
        "users" => &at.user,
        _ => "",
    };
    let path = row
        .path
        .replace("{id}", id)
        .replace("{user}", &at.member)
        .replace("{name}", &at.secret)
        .replace("{factor}", &at.factor)
        .replace("{pos}", &at.token)
        .replace("{rg}", &at.resource_group)
        .replace("{project}", &at.project)
        .replace("{request}", &at.secret_request)
        .replace("{store}", &at.store)
        .replace("{model}", &at.model)
        .replace("{key}", &at.store_key);
    match row.operation {
        // Numbers are listed of one type.
        "object_id_list" => path + "?type=document",
        _ => path,
    }
}

/// A body that is right.
pub fn body(row: &Row, at: &Scene) -> Option<Value> {
    let key = || serde_json::to_value(SigningKey::generate(Alg::Es256).unwrap().public().jwk()).unwrap();
    let name = || fresh("new");
    Some(match row.operation {
        "agent_register" => json!({"name": name(), "purpose": "is probed"}),
        "agent_update" => json!({"purpose": "is changed"}),
        "agent_set_stage" => json!({"stage": "suspended", "why": "a test"}),
        "request_file" => {
            json!({"agent": at.agent, "application": at.application, "scopes": "crm.pay", "purpose": "is probed"})
        }
        "emergency_declare" => {
            json!({"agent": at.agent, "application": at.application, "scopes": "crm.pay", "reason": "is probed"})
        }
        "emergency_review" => json!({"justified": true, "note": "is probed"}),
        "approval_answer" => json!({"answer": "approve", "seen": "what nobody saw"}),
        "token_revoke" => json!({}),
        "agent_contain" | "agent_release" | "run_stop" | "approval_cancel" | "request_cancel"
        | "user_reset_factors" | "lease_end" => {
            json!({"reason": "a test"})
        }
        "application_create" => {
            let name = name();
            json!({"name": name, "resource": format!("https://{name}.example/api"),
                "scopes": [{"name": "x.read", "title": "read", "action": "read", "tier": "auto"}]})
        }
        "application_update" => json!({"description": "is changed"}),
        "assignment_assign" => {
            json!({"principal": at.group, "application": at.application, "scopes": "crm.read"})
        }
        "assignment_update" => json!({"scopes": "crm.read"}),
        "client_create" => {
            json!({"name": name(), "auth": "client_secret_basic", "grants": ["client_credentials"]})
        }
        "client_update" => json!({"name": name()}),
        "client_disable" | "user_disable" => json!({"reason": "a test"}),
        "client_set_keys" => json!({"keys": [key()]}),
        "client_add_secret" => json!({}),
        "connection_create" => json!({"agent": at.agent, "application": at.application, "auto": "crm.read"}),
        "connection_update" => json!({"never": "crm.wipe"}),
        "group_create" => json!({"name": name()}),
        "group_update" => json!({"description": "is changed"}),
        "folder_create" => json!({"resource_group": name(), "project": "crm"}),
        "folder_update" | "secret_update" => json!({"description": "is changed"}),
        "secret_create" => json!({"name": name(), "kind": "api_key", "value": {"key": "k-4712-of-a-probe"}}),
        "secret_put" => json!({"value": {"key": "k-4713-of-a-probe"}}),
        "secret_reveal" | "secret_checkout" => json!({"task": "look at it"}),
        "secret_connection_create" => json!({"principal": at.agent, "folder": at.folder, "tier": "approval"}),
        "secret_connection_update" => json!({"tier": "never"}),
        "endpoint_create" => {
            json!({"name": name(), "kind": "webhook", "address": "https://hooks.invalid/of-a-probe"})
        }
        "endpoint_update" => json!({"name": name()}),
        "endpoint_rotate" => json!({}),
        "organization_update" => json!({"title": fresh("Corp")}),
        "outcome_report" => json!({"outcomes": []}),
        "user_create" => {
            let login = format!("{}@corp.example", name());
            json!({"login": login, "email": login, "display_name": "New"})
        }
        "user_update" => json!({"display_name": "Changed"}),
        "user_set_password" => json!({"password": "another password entirely"}),
        _ if row.path.starts_with("/fga/") => return of_relations(row),
        _ => return None,
    })
}

/// The smallest model with something to say.
pub fn model() -> Value {
    let viewer = json!({"directly_related_user_types": [{"type": "user"}]});
    json!({"schema_version": "1.1", "type_definitions": [
        {"type": "user"},
        {"type": "document", "relations": {"viewer": {"this": {}}}, "metadata": {"relations": {"viewer": viewer}}},
    ]})
}

/// The same for the relationship API.
fn of_relations(row: &Row) -> Option<Value> {
    let tuple = json!({"object": "document:1", "relation": "viewer", "user": "user:1"});
    Some(match row.operation {
        "store_create" => json!({"name": fresh("store")}),
        "store_set_recording" => json!({"recorded": true}),
        "store_add_key" => json!({"name": "probe", "level": "read"}),
        "model_write" => model(),
        "object_id_register" => json!({"ids": [{"object": "document:1", "id": 1}]}),
        "object_id_remove" => json!({"objects": ["document:1"]}),
        "assertion_write" => json!({"assertions": [{"tuple_key": tuple, "expectation": true}]}),
        "relation_write" => json!({"writes": {"tuple_keys": [tuple]}}),
        "relation_check" | "relation_expand" | "relation_explain" => json!({"tuple_key": tuple}),
        "relation_batch_check" => json!({"checks": [{"tuple_key": tuple, "correlation_id": "1"}]}),
        _ if row.operation.starts_with("access_") => json!({"subject": {"type": "user", "id": "1"},
            "action": {"name": "viewer"}, "resource": {"type": "document", "id": "1"}}),
        "relation_filter" => json!({"users": ["user:1"], "relation": "viewer", "objects": ["document:1"]}),
        "relation_follow" => json!({"user": "user:1", "relation": "viewer", "type": "document"}),
        "relation_top" => json!({"users": ["user:1"], "relation": "viewer", "limit": 1}),
        "relation_read" => json!({}),
        "relation_list_objects" | "relation_list_set" | "relation_streamed_list_objects" => {
            json!({"type": "document", "relation": "viewer", "user": "user:1"})
        }
        "relation_list_users" => {
            json!({"object": {"type": "document", "id": "1"}, "relation": "viewer", "user_filters": [{"type": "user"}]})
        }
        _ => return None,
    })
}

/// What a probe shows of itself.
#[derive(Clone, Debug)]
pub enum Proof {
    Nothing,
    Bearer(String),
    Basic(String),
    /// The cookies of a browser.
    Session(String),
}

impl World {
    /// Calls an operation, on records as they were made.
    pub async fn call(&self, row: &Row, at: &Scene, proof: &Proof, body: Option<Value>) -> Reply {
        self.call_at(row, at, proof, body, "\"v1\"").await
    }

    /// The same, on a record of this version. Of streams, only the head is read.
    pub async fn call_at(
        &self,
        row: &Row,
        at: &Scene,
        proof: &Proof,
        body: Option<Value>,
        version: &str,
    ) -> Reply {
        let mut request = self.http.request(row.verb.method(), self.kit.url(&path(row, at)));
        request = match proof {
            Proof::Nothing => request,
            Proof::Bearer(token) => request.bearer_auth(token),
            Proof::Basic(pair) => request.header("authorization", format!("Basic {pair}")),
            Proof::Session(cookies) => request.header(COOKIE, cookies),
        };
        if let Some(body) = body {
            request = request.json(&body);
        }
        if row.versioned {
            request = request.header(IF_MATCH, version);
        }
        let response = request.send().await.unwrap();
        let endless = ["revocation_follow", "request_events", "secret_events"];
        if response.status() == 200 && endless.contains(&row.operation) {
            let headers = response.headers().clone();
            return Reply { status: 200, headers, text: String::new(), body: Value::Null };
        }
        Reply::read(response).await
    }

    /// A token of the administrator for these scopes alone.
    pub async fn scoped(&mut self, scopes: &str) -> String {
        self.kit.management_token(&mut self.desk, Some(scopes)).await.unwrap()
    }
}

/// Every scope of the management API.
pub fn every_scope() -> Vec<&'static str> {
    let mut all: Vec<&str> = chancery_context::ACTS.iter().map(|act| act.scope()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How the relationship API says what the others say with this code.
pub fn code(row: &Row, code: &'static str) -> &'static str {
    match (row.path.starts_with("/fga/"), code) {
        (true, "token_missing") => "bearer_token_missing",
        (true, "invalid_token") => "unauthenticated",
        (true, "insufficient_scope") => "forbidden",
        (_, code) => code,
    }
}

/// The problem document, without the id of the request.
pub fn told(reply: &Reply) -> (u16, Value) {
    let mut body = reply.body.clone();
    // OpenFGA's errors have no room for the id of the request.
    if let Some(members) = body.as_object_mut()
        && !(members.len() == 2 && members.contains_key("message"))
        && !members.is_empty()
    {
        assert_eq!(members.remove("request_id").unwrap_or_default(), reply.header("x-request-id"));
    }
    (reply.status, body)
}
