use axum::body::Body;
use chancery_api::routes::{Gate, TABLE, Verb};
use chancery_kernel::{Id, OrgId};
use http::Request;

use crate::world::World;

fn path_of(template: &str) -> String {
    template.replace("{id}", "agt_00000000000000000000000000").replace("{other}", "x")
}

#[tokio::test]
async fn every_gated_operation_refuses_who_proves_nothing_and_who_lies() {
    let world = World::new().await;
    for row in TABLE.iter().filter(|row| row.gate != Gate::Open) {
        for (token, challenge) in [
            (None, "Bearer realm=\"chancery\""),
            (Some("Bearer eyJhbGciOiJub25lIn0.e30."), "error=\"invalid_token\""),
            (Some("Basic YTpi"), "Bearer realm=\"chancery\""),
        ] {
            let mut request = Request::builder().method(row.verb.method()).uri(path_of(row.path));
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            if row.path.starts_with("/fga/") {
                assert_eq!(
                    (answer.status.as_u16(), answer.json().as_object().unwrap().len()),
                    (401, 2),
                    "{row:?}"
                );
            } else {
                assert_eq!(answer.problem().0, 401, "{row:?}");
            }
            let header = answer.header("www-authenticate");
            assert!(header.contains(challenge), "{row:?}");
            let metadata = "https://id.example/.well-known/oauth-protected-resource/api/v1";
            assert!(header.ends_with(&format!("resource_metadata=\"{metadata}\"")), "{header}");
        }
    }
}

#[tokio::test]
async fn a_read_without_its_scope_is_refused_and_the_refusal_is_in_the_log() {
    let world = World::new().await;
    let answer = world.get("/api/v1/events", "agents.read").await;
    assert_eq!(answer.problem(), (403, "insufficient_scope".into()));
    assert!(
        answer.header("www-authenticate").contains("error=\"insufficient_scope\", scope=\"events.read\"")
    );
    let log = world.get("/api/v1/events?kind=access_denied", "events.read").await.json();
    assert_eq!(log["items"][0]["data"]["act"], "event_read");
    assert_eq!(log["items"][0]["request_id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn a_token_of_another_organization_or_audience_opens_nothing_here() {
    let world = World::new().await;
    let foreign = world.token_of(OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(9)), "events.read");
    let request = Request::get("/api/v1/events").header("authorization", format!("Bearer {foreign}"));
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 401);
}

#[tokio::test]
async fn bad_foreign_and_unknown_ids_get_one_answer() {
    let world = World::new().await;
    let mut bodies = Vec::new();
    for id in ["agt_00000000000000000000000000", "usr_1", "%2e%2e", "AGT_1"] {
        let path = format!("/api/v1/agents/{id}/contain");
        let answer = world.post(&path, "agents.manage", serde_json::json!({ "reason": "x" })).await;
        assert_eq!(answer.problem(), (404, "not_found".into()));
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("request_id");
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
}

/// An id of the right kind that names nothing.
fn id_for(path: &str) -> &'static str {
    let nouns = [
        ("agents", "agt"),
        ("applications", "app"),
        ("assignments", "asg"),
        ("clients", "cli"),
        ("connections", "con"),
        ("endpoints", "end"),
        ("groups", "grp"),
        ("organizations", "org"),
        ("secrets", "sec"),
        ("users", "usr"),
    ];
    if path.starts_with("/api/v1/secrets/connections/") {
        return "rch";
    }
    let noun = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap();
    nouns.iter().find(|(name, _)| *name == noun).map(|(_, prefix)| *prefix).unwrap()
}

#[tokio::test]
async fn a_patch_has_to_name_the_version_it_changes() {
    let world = World::new().await;
    for row in TABLE.iter().filter(|row| row.verb == Verb::Patch) {
        assert!(row.versioned, "{row:?}");
        let Gate::Needs(act) = row.gate else { panic!("{row:?}") };
        let id = format!("{}_00000000000000000000000001", id_for(row.path));
        let request = Request::patch(row.path.replace("{id}", &id))
            .header("authorization", format!("Bearer {}", world.token(act.scope())))
            .header("content-type", "application/json");
        let answer = world.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.problem(), (428, "version_missing".into()), "{row:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("If-Match"));
    }
}

#[test]
fn the_authorization_matrix_is_as_agreed() {
    let lines = TABLE.iter().map(|row| {
        let gate = match row.gate {
            Gate::Open => "(open)".to_owned(),
            Gate::Needs(act) => format!("{} by {}", act.name(), act.scope()),
        };
        format!(
            "{:<6} {:<40} {:<20} {:<8} {gate}",
            row.verb.method().as_str(),
            row.path,
            row.operation,
            format!("{:?}", row.audit)
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}
