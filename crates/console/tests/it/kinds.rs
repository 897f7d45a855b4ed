//! Every kind of event that there is has a page that says in words what happened.

use chancery_audit::{CATALOGUE, Entry, EventKind, Shape};
use chancery_console::links;
use chancery_kernel::Fault;
use chancery_store::Who;
use serde_json::{Map, Value, json};

use crate::world::World;

const ID: &str = "00000000000000000000000007";

fn id(prefix: &str) -> Value {
    json!(format!("{prefix}_{ID}"))
}

fn value(shape: Shape) -> Value {
    let one = match shape.name {
        "Text" => json!("deny"),
        "ScopeSet" => json!("read write"),
        "Digest" => json!("CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="),
        "Timestamp" | "i64" => json!(1_790_000_000_000_000_i64),
        "bool" => json!(true),
        "Party" => id("grp"),
        "Evidence" => evidence(),
        "AgentId" => id("agt"),
        "ApprovalId" => id("apr"),
        "AssignmentId" => id("asg"),
        "GrantId" => id("grt"),
        "GroupId" => id("grp"),
        "LeaseId" => id("lse"),
        "ReachId" => id("rch"),
        "UserId" => id("usr"),
        other => id(&other.to_lowercase()[..3]),
    };
    if shape.many { json!([one]) } else { one }
}

fn evidence() -> Value {
    json!({
        "agent": {"agent": id("agt"), "chain": [], "client": id("cli"), "name": "finance"},
        "decision": {"by": "two_subjects", "verdict": "deny"},
        "outcome": "refused",
        "resource": "https://finance.example",
        "target": {"application": id("app"), "name": "Finance", "organization": id("org")},
        "task": {"run": id("run"), "scopes": "read"},
        "user": {"login": "alice", "user": id("usr")},
    })
}

/// A line of this kind, as the log writes it.
fn line(kind: &EventKind) -> Vec<u8> {
    let data: Map<String, Value> =
        kind.fields.iter().map(|field| (field.name.to_owned(), value(field.shape))).collect();
    let line = json!({
        "actor": "system", "at": 1, "data": data, "id": id("evt"), "kind": kind.name, "log": id("org"), "seq": 1,
    });
    serde_json::to_vec(&line).unwrap()
}

#[tokio::test]
async fn every_kind_of_event_is_explained_in_words() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    for kind in CATALOGUE {
        let entry = Entry::decode(&line(kind)).unwrap();
        let event = entry.event().unwrap_or_else(|| panic!("{} is not read", kind.name)).clone();
        let write = world.platform.db.write(world.corp.cx.org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event);
            Ok::<_, Fault>(recorded.with(recorded.pos))
        });
        let position = write.await.unwrap();
        let page = admin.get(&links::event(&position.to_string())).await;
        assert_eq!(page.status, 200, "{}", kind.name);
        let escaped = kind.doc.replace('\'', "&#39;");
        assert!(page.says(kind.doc) || page.says(&escaped), "{} does not say what it means", kind.name);
        let title = page.text.split_once("<h1>").unwrap().1.split("</h1>").next().unwrap();
        assert!(title.contains(' ') && !title.contains(kind.name), "{}: {title}", kind.name);
        let list = admin.get(&format!("/console/audit?kind={}", kind.name)).await;
        assert!(list.says("data-key="), "{} is not found by its kind", kind.name);
    }
}
