//! The authorization matrix: every operation by every role, and the status it answers with.

use chancery_api::routes::{Row, TABLE};
use chancery_testkit::PASSWORD;

use crate::walls::calls::{Proof, body, every_scope};
use crate::world::{Scene, World};

/// Who tries, with the scopes of the management API where there are some.
async fn roles(w: &mut World) -> Vec<(&'static str, Proof)> {
    let all = every_scope();
    let ending = |end: &str| all.iter().copied().filter(|s| s.ends_with(end)).collect::<Vec<_>>().join(" ");
    let (bob, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&bob.login, PASSWORD).await.unwrap();
    let person = w.sign_in(&bob, &agent.client, &[("scope", "openid")]).await.access;
    let to = [("resource", crm.resource.as_str())];
    let acting = w.exchange(&agent.client, &person, &to).await.access();
    let api = w.kit.api_resource();
    let service = [("grant_type", "client_credentials"), ("resource", api.as_str())];
    let guard = w.token(&crm.guard, &service).await.access();
    vec![
        ("nobody", Proof::Nothing),
        ("person", Proof::Bearer(person)),
        ("agent", Proof::Bearer(acting)),
        ("guard", Proof::Bearer(guard)),
        ("auditor", Proof::Bearer(w.scoped("events.read").await)),
        ("reader", Proof::Bearer(w.scoped(&ending(".read")).await)),
        ("operator", Proof::Bearer(w.scoped("agents.read agents.manage runs.read runs.manage").await)),
        ("manager", Proof::Bearer(w.scoped(&ending(".manage")).await)),
        ("admin", Proof::Bearer(w.scoped(&all.join(" ")).await)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorization_matrix_is_as_agreed() {
    let (mut lines, nowhere) = (Vec::new(), Scene::nowhere());
    // Whoever holds a token for something else may fail some hundred times from one address: a world for each half.
    for half in TABLE.chunks(TABLE.len().div_ceil(2)) {
        let mut w = World::start().await;
        let roles = roles(&mut w).await;
        if lines.is_empty() {
            let names: Vec<&str> = roles.iter().map(|(name, _)| *name).collect();
            lines.push(format!("{:<60}  {}", "", names.join(" ")));
        }
        for row in half {
            lines.push(line(&w, row, &nowhere, &roles).await);
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// What each role is answered.
async fn line(w: &World, row: &Row, nowhere: &Scene, roles: &[(&str, Proof)]) -> String {
    let mut line = format!("{:<6} {:<53}", row.verb.method().as_str(), row.path);
    for (name, proof) in roles {
        let status = w.call(row, nowhere, proof, body(row, nowhere)).await.status;
        line.push_str(&format!(" {status:>width$}", width = name.len()));
    }
    line
}
