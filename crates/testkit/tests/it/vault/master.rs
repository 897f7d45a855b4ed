//! Where the master key comes from: a variable of the environment, or what a program says. Nothing of either is shown.

use std::os::unix::fs::PermissionsExt;

use chancery_testkit::Kit;
use serde_json::json;

use super::{AT, CANARY, Safe, key};
use crate::world::World;

/// 32 bytes in base64.
const KEY: &str = "bWFzdGVyLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM";
const OTHER: &str = "b3RoZXItLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM";

async fn kept(kit: Kit) -> (Safe, String) {
    let mut s = Safe::on(World::on(kit).await).await;
    let secret = s.deposit("free", json!({"tier": "auto", "checkout": false})).await;
    (s, secret)
}

/// After a start with these settings it opens as before.
async fn opens_again(s: Safe, secret: &str, change: impl FnOnce(&mut chancery_server::config::Config)) {
    let Safe { w, agent, .. } = s;
    let kit = w.kit.again_with(change).await.unwrap();
    let api = kit.api_resource();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &agent.client.id),
        ("client_secret", &agent.client.secret),
        ("resource", &api),
        ("scope", "secrets.reveal"),
    ];
    let http = reqwest::Client::new();
    let token: serde_json::Value =
        http.post(kit.url("/oauth2/token")).form(&form).send().await.unwrap().json().await.unwrap();
    let token = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}"));
    let request = http.post(kit.url(&format!("{AT}/{secret}/reveal"))).bearer_auth(token).json(&json!({}));
    let told: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["value"]["key"], CANARY, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_from_the_environment_and_another_one_opens_nothing() {
    let from = |text: &str| {
        let text = text.to_owned();
        move |config: &mut chancery_server::config::Config| config.database.master_key_text = Some(text)
    };
    let (mut s, secret) = kept(Kit::start_with(from(KEY)).await.unwrap()).await;
    assert_eq!(key(&s.ask(&secret, json!({})).await), CANARY);
    assert!(!s.w.kit.data().parent().unwrap().join("master.key").exists(), "no file is made beside it");
    s.deposit("more", json!({"tier": "auto"})).await;
    opens_again(s, &secret, |config| config.issuer.url = None).await;
    for (text, why) in [("short", "32 bytes"), ("not base64 at all!!", "32 bytes")] {
        let refused = format!("{:#}", Kit::start_with(from(text)).await.err().unwrap());
        assert!(refused.contains(why) && !refused.contains(text), "{refused}");
    }
    let (s, _) = kept(Kit::start_with(from(KEY)).await.unwrap()).await;
    let refused = format!("{:#}", s.w.kit.again_with(from(OTHER)).await.err().unwrap());
    assert!(
        refused.contains("master key") && !refused.contains(OTHER) && !refused.contains(KEY),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_from_a_program_and_what_a_bad_one_says_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let program = |name: &str, script: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let from = |words: Vec<String>| {
        move |config: &mut chancery_server::config::Config| config.database.master_key_command = words
    };
    let good = program("good", "test \"$1\" = the-key && echo bWFzdGVyLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM=");
    let (s, secret) = kept(Kit::start_with(from(vec![good.clone(), "the-key".into()])).await.unwrap()).await;
    assert_eq!(key(&s.ask(&secret, json!({})).await), CANARY);
    // The same key, from another place.
    opens_again(s, &secret, |config| {
        config.database.master_key_command = Vec::new();
        config.database.master_key_text = Some(KEY.to_owned());
    })
    .await;
    let cases = [
        (
            program("fails", "echo bWFzdGVyLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM; exit 3"),
            "master_key_command failed",
        ),
        (program("babbles", "echo a-word-of-its-own"), "32 bytes"),
        (program("bytes", "printf '\\377\\376'"), "printed no text"),
        ("/no/such/program".to_owned(), "/no/such/program"),
        (good, "master_key_command failed"),
    ];
    for (path, why) in cases {
        let refused = format!("{:#}", Kit::start_with(from(vec![path])).await.err().unwrap());
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("a-word-of-its-own") && !refused.contains(KEY), "{refused}");
    }
}
