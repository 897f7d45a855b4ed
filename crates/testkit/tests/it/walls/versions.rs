//! Nobody overwrites what they have not seen: each update names the version it changes, and the version is looked at.

use chancery_api::routes::{TABLE, Verb};
use serde_json::json;

use super::calls::{Proof, body, every_scope, path};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_update_of_a_version_that_is_not_there_any_more_is_refused_and_changes_nothing() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let token = w.scoped(&every_scope().join(" ")).await;
    let proof = Proof::Bearer(token.clone());
    for row in TABLE.iter().filter(|row| row.verb == Verb::Patch) {
        assert!(row.versioned, "{row:?}");
        let read = async || w.get_with(&path(row, &scene), &token).await;
        let before = read().await;
        let version: i64 = before
            .header("etag")
            .trim_matches(['"', 'v'])
            .parse()
            .unwrap_or_else(|_| panic!("{row:?} {before:?}"));
        for other in [version - 1, version + 1, i64::MAX] {
            let reply = w.call_at(row, &scene, &proof, body(row, &scene), &format!("\"v{other}\"")).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (412, &json!("stale")),
                "{row:?} at {other}: {}",
                reply.text
            );
        }
        for none in ["*", "v1", "\"\"", "W/\"v1\""] {
            let reply = w.call_at(row, &scene, &proof, body(row, &scene), none).await;
            assert!([400, 412].contains(&reply.status), "{row:?} at {none}: {}", reply.text);
        }
        assert_eq!(read().await.body, before.body, "{row:?}");
        let right = w.call_at(row, &scene, &proof, body(row, &scene), before.header("etag")).await;
        assert_eq!(right.status, 200, "{row:?}: {}", right.text);
        assert_ne!(right.header("etag"), before.header("etag"), "{row:?}");
        // Who read the version before comes too late now.
        let late = w.call_at(row, &scene, &proof, body(row, &scene), before.header("etag")).await;
        assert_eq!(late.status, 412, "{row:?}: {}", late.text);
    }
}
