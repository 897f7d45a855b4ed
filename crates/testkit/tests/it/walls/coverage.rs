//! Audit coverage: whatever changes something leaves its events, with who did it and in which request.

use std::collections::{BTreeMap, BTreeSet};

use chancery_api::routes::{Audit, TABLE};
use chancery_jose::{Alg, SigningKey};
use chancery_testkit::PASSWORD;
use serde_json::{Value, json};

use crate::walls::calls::{Proof, body, path, row};
use crate::world::{Client, Reply, Scene, World, claims};

/// Every operation that changes something, in an order in which each finds what it needs, with what the log has of it.
const CHANGES: &[(&str, &[&str])] = &[
    ("organization_update", &["organization_updated"]),
    ("token_revoke", &["token_revoked"]),
    ("approval_cancel", &["approval_canceled"]),
    ("user_create", &["user_created"]),
    ("user_update", &["user_updated"]),
    ("user_set_password", &["password_set"]),
    ("user_remove_factor", &["factor_removed"]),
    ("user_reset_factors", &["factors_reset", "session_ended"]),
    ("user_disable", &["user_disabled"]),
    ("user_enable", &["user_enabled"]),
    ("group_create", &["group_created"]),
    ("group_update", &["group_updated"]),
    ("group_add_member", &["member_added"]),
    ("group_remove_member", &["member_removed"]),
    ("application_create", &["application_created"]),
    ("application_update", &["application_updated"]),
    ("application_disable", &["application_updated"]),
    ("application_enable", &["application_updated"]),
    ("agent_register", &["agent_registered"]),
    ("agent_update", &["agent_updated"]),
    ("agent_contain", &["agent_contained"]),
    ("agent_release", &["agent_released"]),
    ("client_create", &["client_created"]),
    ("client_update", &["client_updated"]),
    ("client_add_secret", &["client_secret_added"]),
    ("client_remove_secret", &["client_secret_removed"]),
    ("client_disable", &["client_disabled"]),
    ("client_enable", &["client_enabled"]),
    ("client_set_keys", &["client_keys_changed"]),
    ("client_delete", &["client_deleted"]),
    ("assignment_assign", &["assignment_created"]),
    ("assignment_update", &["assignment_updated"]),
    ("assignment_unassign", &["assignment_removed"]),
    ("connection_create", &["connection_created"]),
    ("connection_update", &["connection_updated"]),
    ("connection_delete", &["connection_deleted"]),
    ("lease_give_back", &["lease_ended"]),
    ("folder_create", &["folder_created"]),
    ("folder_update", &["folder_updated"]),
    ("secret_create", &["secret_created"]),
    ("secret_update", &["secret_updated"]),
    ("secret_put", &["secret_version_added"]),
    ("secret_connection_create", &["reach_given"]),
    ("secret_connection_update", &["reach_updated"]),
    ("secret_connection_delete", &["reach_taken"]),
    ("secret_delete", &["secret_deleted"]),
    ("folder_delete", &["folder_deleted"]),
    ("endpoint_create", &["endpoint_created"]),
    ("endpoint_update", &["endpoint_updated"]),
    ("endpoint_rotate", &["endpoint_secret_rotated"]),
    ("endpoint_test", &["endpoint_tested"]),
    ("endpoint_delete", &["endpoint_deleted"]),
    ("grant_withdraw", &["consent_withdrawn"]),
    ("run_stop", &["run_stopped"]),
    ("agent_set_stage", &["agent_stage_changed", "approval_canceled"]),
    ("agent_delete", &["agent_deleted"]),
    ("group_delete", &["group_deleted"]),
    ("application_delete", &["application_deleted"]),
    ("user_delete", &["user_deleted"]),
    ("outcome_report", &["token_used"]),
    ("approval_answer", &["approval_granted"]),
    ("request_file", &["approval_requested"]),
    ("request_cancel", &["approval_canceled"]),
    ("emergency_declare", &["emergency_declared"]),
    ("emergency_review", &["emergency_reviewed"]),
    ("grant_return", &["grant_ended"]),
    ("store_create", &["store_created"]),
    ("store_set_recording", &["store_updated"]),
    ("store_add_key", &["store_key_added"]),
    ("store_remove_key", &["store_key_removed"]),
    ("model_write", &["model_written"]),
    ("assertion_write", &["assertions_written"]),
    ("relation_write", &["tuples_written"]),
    ("object_id_register", &["object_ids_changed"]),
    ("object_id_remove", &["object_ids_changed"]),
    ("store_delete", &["store_deleted"]),
];

/// Handing out rests on more than a scope: the tests of the vault hold what the log has of it.
const ELSEWHERE: &[&str] = &["secret_reveal", "secret_checkout", "secret_rotate", "lease_end"];
/// A call that only one caller can make: with which token, who that is, and what is sent.
struct Own {
    token: String,
    actor: String,
    /// By operation.
    bodies: BTreeMap<&'static str, Value>,
}

impl World {
    /// The kinds of the events of one request, in their order, and who did it.
    pub async fn logged(&self, reader: &str, reply: &Reply) -> (Vec<String>, BTreeSet<String>) {
        let request = reply.header("x-request-id");
        assert!(request.starts_with("rqt_"), "{reply:?}");
        let log = self.get_with("/api/v1/events?limit=20", reader).await;
        let ours =
            log.body["items"].as_array().unwrap().iter().filter(|event| event["request_id"] == request);
        let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
        let (mut kinds, actors): (Vec<_>, BTreeSet<_>) =
            ours.map(|event| (text(event, "kind"), text(event, "actor"))).unzip();
        kinds.reverse();
        (kinds, actors)
    }

    /// The version a change has to name.
    async fn version(&self, row: &chancery_api::routes::Row, at: &Scene, token: &str) -> String {
        if !row.versioned {
            return String::new();
        }
        self.get_with(&path(row, at), token).await.header("etag").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_that_changes_something_is_in_the_log_with_its_actor_and_its_request() {
    let mut w = World::start().await;
    let left = w.scene().await;
    let token = w.scoped(&crate::walls::calls::every_scope().join(" ")).await;
    let ada = claims(&token)["sub"].as_str().unwrap().to_owned();
    let mut at = Scene { member: left.user.clone(), ..left.clone() };
    let report = report(&mut w).await;
    let (asked, judge) = judge(&mut w).await;
    for (operation, kinds) in CHANGES {
        let row = row(operation);
        match *operation {
            "client_set_keys" => at.client = keyed(&mut w).await,
            "connection_create" => at = Scene { agent: idle(&mut w).await, ..at },
            "user_remove_factor" => {
                let lost = w.person("lost").await;
                at.factor = w.factor_of(&lost).await;
                at.user = lost.id;
            }
            "assignment_assign" => at.application = left.application.clone(),
            "application_delete" => at.application = unused(&mut w).await,
            "approval_answer" => at.approval.clone_from(&asked),
            "agent_set_stage" => at = Scene { agent: left.agent.clone(), ..at },
            "agent_delete" => at = Scene { agent: idle(&mut w).await, ..at },
            _ => {}
        }
        let own = match *operation {
            "outcome_report" => Some(&report),
            "approval_answer" => Some(&judge),
            "request_file" | "request_cancel" | "emergency_declare" | "grant_return" => Some(&judge),
            _ => None,
        };
        let proof = Proof::Bearer(own.map_or(&token, |own| &own.token).clone());
        let sent = own.map_or_else(|| body(row, &at), |own| own.bodies.get(*operation).cloned());
        let version = w.version(row, &at, &token).await;
        let reply = w.call_at(row, &at, &proof, sent, &version).await;
        assert!((200..300).contains(&reply.status), "{operation}: {}", reply.text);
        let (logged, actors) = w.logged(&token, &reply).await;
        assert_eq!(logged, *kinds, "{operation}");
        let actor = own.map_or(&ada, |own| &own.actor);
        assert!(actors.iter().eq([actor]), "{operation} by {actors:?}");
        note(&mut at, operation, &reply.body);
    }
    let tried: BTreeSet<&str> =
        CHANGES.iter().map(|(operation, _)| *operation).chain(ELSEWHERE.iter().copied()).collect();
    let all: BTreeSet<&str> =
        TABLE.iter().filter(|row| row.audit == Audit::Changes).map(|row| row.operation).collect();
    assert_eq!(tried, all, "a new operation gets its line in CHANGES");
}

/// What was created is what the next operations work on.
fn note(at: &mut Scene, operation: &str, made: &Value) {
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    match operation {
        "user_create" => at.user = id,
        "group_create" => at.group = id,
        "application_create" => at.application = id,
        "agent_register" => at.agent = id,
        "client_create" => at.client = id,
        "client_add_secret" => at.secret = made["name"].as_str().unwrap().to_owned(),
        "assignment_assign" => at.assignment = id,
        "connection_create" => at.connection = id,
        "folder_create" => {
            at.folder = id;
            at.resource_group = made["resource_group"].as_str().unwrap().to_owned();
        }
        "secret_create" => at.vaulted = id,
        "endpoint_create" => at.endpoint = id,
        "secret_connection_create" => at.reach = id,
        "store_create" => at.store = id,
        "store_add_key" => at.store_key = id,
        "model_write" => at.model = made["authorization_model_id"].as_str().unwrap().to_owned(),
        "request_file" => at.request = id,
        "emergency_declare" => {
            at.request = id;
            at.grant = made["grant"].as_str().unwrap().to_owned();
        }
        _ => {}
    }
}

async fn keyed(w: &mut World) -> String {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let body = json!({"name": "keyed", "auth": "private_key_jwt", "jwks": [key.public().jwk()], "grants": ["client_credentials"]});
    w.client(body).await.id
}

/// An application that no client belongs to.
async fn unused(w: &mut World) -> String {
    let (row, nowhere) = (row("application_create"), Scene::nowhere());
    w.make("/api/v1/applications", body(row, &nowhere).unwrap()).await["id"].as_str().unwrap().to_owned()
}

/// An agent that is not at work.
async fn idle(w: &mut World) -> String {
    let (row, nowhere) = (row("agent_register"), Scene::nowhere());
    w.make("/api/v1/agents", body(row, &nowhere).unwrap()).await["id"].as_str().unwrap().to_owned()
}

/// A resource server's token with its client, and a report of what came of a call.
async fn report(w: &mut World) -> Own {
    let app = w.app("desk", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("clerk").await;
    w.assign(&agent.id, &app, None).await;
    let to = |resource| [("grant_type", "client_credentials"), ("resource", resource)];
    let used = claims(&w.token(&agent.client, &to(&app.resource)).await.access());
    let guard = w.token(&app.guard, &to(&w.kit.api_resource())).await.access();
    let body = json!({"outcomes": [{"jti": used["jti"], "pos": used["pos"], "method": "GET", "path": "/x", "status": 200,
        "decision": "allow"}]});
    Own { token: guard, actor: app.guard.id, bodies: BTreeMap::from([("outcome_report", body)]) }
}

/// The person who is asked, with the digest of what they read.
async fn judge(w: &mut World) -> (String, Own) {
    let scopes = "approvals.read approvals.manage requests.read requests.manage emergencies.manage";
    let (judge, api) = w.officer("judge", scopes).await;
    let (court, agent) = (w.app("court", json!({})).await, w.agent("usher").await);
    for principal in [&judge.id, &agent.id] {
        w.assign(principal, &court, None).await;
    }
    let approval = w.question(&judge, &court, &agent, "court.read").await;
    let asked = api.get(&format!("/api/v1/approvals/{approval}")).await.unwrap().ok().unwrap();
    let wish =
        |why: &str| json!({"agent": agent.id, "application": court.id, "scopes": "court.pay", why: "a test"});
    let bodies = BTreeMap::from([
        ("approval_answer", json!({"answer": "approve", "seen": asked.body["seen"]})),
        ("request_file", wish("purpose")),
        ("request_cancel", json!({"reason": "a test"})),
        ("emergency_declare", wish("reason")),
    ]);
    (approval, Own { token: api.token.unwrap(), actor: judge.id, bodies })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_protocol_is_in_the_log_with_its_actor_and_its_request() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let reader = w.scoped("events.read").await;
    let to = ("resource", crm.resource.as_str());
    let request = w.request(&agent.client, &[("scope", "openid crm.read"), to]);
    let mut browser = w.kit.browser().unwrap();
    let mut seen = Vec::new();
    let mut note = |step: &str, logged: (Vec<String>, BTreeSet<String>)| {
        let by = logged.1.into_iter().collect::<Vec<_>>().join(" ");
        let name = [
            (&alice.id, "alice"),
            (&agent.id, "agent"),
            (&crm.guard.id, "guard"),
            (&agent.client.id, "client"),
        ];
        let by = name.iter().fold(by, |by, (id, name)| by.replace(id.as_str(), name));
        seen.push(format!("{step}: {} by {by}", logged.0.join(" ")));
    };
    let sign_in = browser.get("/sign-in").await.unwrap();
    let failed = [("login", alice.login.as_str()), ("password", "wrong")];
    note(
        "a failed sign-in",
        w.logged(&reader, &Reply::of(browser.submit(&sign_in, "/sign-in", &failed).await.unwrap())).await,
    );
    let right = [("login", alice.login.as_str()), ("password", PASSWORD)];
    note(
        "sign-in",
        w.logged(&reader, &Reply::of(browser.submit(&sign_in, "/sign-in", &right).await.unwrap())).await,
    );
    let asked = browser.get(&request).await.unwrap();
    let agreed = browser.submit(&asked, "/consent", &[("answer", "allow")]).await.unwrap();
    note("consent", w.logged(&reader, &Reply::of(agreed.clone())).await);
    let code = crate::world::parameters(&agreed)["code"].clone();
    let redeemed = w.redeem(&agent.client, &code).await;
    note("code", w.logged(&reader, &redeemed).await);
    let access = redeemed.access();
    let refreshed = w.refresh(&agent.client, redeemed.get("refresh_token"), &[]).await;
    note("refresh", w.logged(&reader, &refreshed).await);
    let exchanged = w.exchange(&agent.client, &access, &[to]).await;
    note("exchange", w.logged(&reader, &exchanged).await);
    let refused = w.exchange(&agent.client, &access, &[to, ("scope", "crm.pay")]).await;
    note("refused exchange", w.logged(&reader, &refused).await);
    let replayed = w.redeem(&agent.client, &code).await;
    note("replayed code", w.logged(&reader, &replayed).await);
    let api = w.kit.api_resource();
    let service = [("grant_type", "client_credentials"), ("resource", api.as_str())];
    note("client credentials", w.logged(&reader, &w.token(&crm.guard, &service).await).await);
    let wrong = Client { secret: "chs_wrong".into(), ..agent.client.clone() };
    for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        let reply = w.as_client(path, &wrong, &[("grant_type", "client_credentials"), ("token", "x")]).await;
        note(&format!("wrong secret at {path}"), w.logged(&reader, &reply).await);
    }
    let token = w
        .exchange(
            &agent.client,
            &w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access,
            &[to],
        )
        .await;
    let revoked = w.as_client("/oauth2/revoke", &agent.client, &[("token", &token.access())]).await;
    note("revocation", w.logged(&reader, &revoked).await);
    let me = browser.get("/me").await.unwrap();
    let typed = [
        ("current", PASSWORD),
        ("password", "another password entirely"),
        ("password_again", "another password entirely"),
    ];
    let changed = browser.submit(&me, "/me/password", &typed).await.unwrap();
    note("own password", w.logged(&reader, &Reply::of(changed)).await);
    let out = browser.get("/log-out").await.unwrap();
    note(
        "sign-out",
        w.logged(&reader, &Reply::of(browser.submit(&out, "/log-out", &[]).await.unwrap())).await,
    );
    insta::assert_snapshot!(seen.join("\n"));
}
