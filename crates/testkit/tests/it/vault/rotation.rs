//! Rotation by real rotators: staged, repeated, and loud when it fails.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::task::Poll;

use super::{AT, Safe, key};
use crate::nodes::cluster::Cluster;
use crate::world::World;
use chancery_broker::rotate::{Rotators, tick};
use serde_json::{Value, json};

pub async fn states(s: &mut Safe, secret: &str) -> Vec<String> {
    let read = s.w.read(&format!("{AT}/{secret}/versions")).await;
    let all = read["items"].as_array().unwrap();
    all.iter().map(|v| format!("{} {}", v["number"], v["state"].as_str().unwrap())).collect()
}

pub async fn order(s: &mut Safe, secret: &str) {
    let api = s.w.api().await;
    let done = api.post(&format!("{AT}/{secret}/rotate"), json!({})).await.unwrap();
    assert_eq!(done.status, 204, "{done:?}");
}

/// A program that keeps the value in a file, and refuses while another file is there.
fn program(folder: &std::path::Path) -> Rotators {
    let path = folder.join("rotate");
    let script = "#!/bin/sh\nread -r line\ncd \"$(dirname \"$0\")\" || exit 1\n\
        case \"$line\" in\n\
        *'\"action\":\"set\"'*) test -e refuse && exit 1; printf '%s' \"$line\" >told; test -e lost && exit 1; exit 0 ;;\n\
        *) new=${line##*\\\"new\\\":}; test -e told && case \"$(cat told)\" in *\"$new\"*) exit 0 ;; esac; exit 1 ;;\n\
        esac\n";
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let commands = BTreeMap::from([("keeper".to_owned(), path)]);
    Rotators { commands, ..Rotators::default() }
}

pub async fn rotated(s: &mut Safe, rotation: Value) -> String {
    let body = json!({"name": "key", "kind": "api_key", "value": {"key": "the-first-value"},
        "policy": {"tier": "auto"}, "rotation": rotation});
    s.w.make(AT, body).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rotation_keeps_the_old_value_alarms_and_is_tried_again_with_the_same_new_one() {
    let mut s = Safe::open().await;
    let folder = tempfile::tempdir().unwrap();
    let rotators = program(folder.path());
    // The server's own rotations know no such program: it fails first, which is what this is about.
    let secret = rotated(&mut s, json!({"by": "command", "command": "keeper"})).await;
    std::fs::write(folder.path().join("refuse"), "").unwrap();
    order(&mut s, &secret).await;
    let platform = s.w.kit.running.platform.clone();
    for _ in 0..20 {
        tick(&platform, &rotators).await.unwrap();
        if !s.w.events("rotation_failed").await.is_empty() {
            break;
        }
    }
    assert_eq!(states(&mut s, &secret).await, ["2 pending", "1 current"]);
    assert_eq!(key(&s.ask(&secret, json!({})).await), "the-first-value");
    let alarm = s.w.events("rotation_failed").await;
    assert_eq!((alarm.len(), &alarm[0]["severity"]), (1, &json!("alert")), "{alarm:?}");
    let lease =
        s.w.read(&format!("/api/v1/leases?secret={secret}&open=true")).await["items"][0]["id"].clone();
    s.w.make(&format!("/api/v1/leases/{}/end", lease.as_str().unwrap()), json!({"reason": "a test"})).await;
    // The program takes the value, and is lost before it can say so.
    std::fs::remove_file(folder.path().join("refuse")).unwrap();
    std::fs::write(folder.path().join("lost"), "").unwrap();
    until(&mut s, &secret, &rotators, &["2 current", "1 old"]).await;
    let now = s.ask(&secret, json!({})).await;
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    assert!(told.contains(key(&now)) && key(&now) != "the-first-value");
    assert!(s.w.events("rotation_begun").await.iter().all(|e| !e.to_string().contains(key(&now))));
}

/// Lets time go on until the versions are these.
async fn until(s: &mut Safe, secret: &str, rotators: &Rotators, wanted: &[&str]) {
    let platform = s.w.kit.running.platform.clone();
    for _ in 0..20 {
        s.w.advance(70);
        tick(&platform, rotators).await.unwrap();
        if states(s, secret).await == wanted {
            return;
        }
    }
    panic!("{:?}", states(s, secret).await);
}

/// Polls a future so often and no more: what comes after that does not happen, as in a process that is killed there.
async fn for_so_long<T>(work: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = polls;
    std::future::poll_fn(move |cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_rotation_breaks_off_the_value_in_the_vault_works_and_no_version_is_orphaned() {
    let mut s = Safe::open().await;
    let folder = tempfile::tempdir().unwrap();
    let rotators = program(folder.path());
    // The server's own rotations know no such program, and fail: only these here go on.
    let secret = rotated(&mut s, json!({"by": "command", "command": "keeper"})).await;
    let platform = s.w.kit.running.platform.clone();
    let mut finished = 0;
    for polls in 0..40 {
        s.w.advance(4_000);
        order(&mut s, &secret).await;
        let done = for_so_long(tick(&platform, &rotators), polls).await;
        let all = states(&mut s, &secret).await;
        let count = |word: &str| all.iter().filter(|state| state.ends_with(word)).count();
        assert_eq!(count("current"), 1, "after {polls}: {all:?}");
        assert!(count("pending") <= 1 && count("given_up") == 0, "after {polls}: {all:?}");
        finished += usize::from(done.is_some());
        // The next process finds what this one left.
        for _ in 0..10 {
            s.w.advance(4_000);
            tick(&platform, &rotators).await.unwrap();
            if states(&mut s, &secret).await.iter().all(|state| !state.ends_with("pending")) {
                break;
            }
        }
        let all = states(&mut s, &secret).await;
        assert!(all[0].ends_with("current"), "after {polls}: {all:?}");
        let handed = s.ask(&secret, json!({})).await;
        if let Ok(told) = std::fs::read_to_string(folder.path().join("told")) {
            assert!(told.contains(&format!("\"new\":{{\"key\":\"{}\"}}", key(&handed))), "after {polls}");
        }
        let own = s.token(&s.agent.client).await;
        let lease = handed.body["lease"]["id"].as_str().unwrap();
        s.post(&own, &format!("/api/v1/leases/{lease}/return"), json!({})).await;
    }
    assert!(finished > 0 && finished < 40, "{finished} of 40 came to their end: the others broke off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_rotated_by_the_clock_and_not_while_somebody_has_it() {
    let mut s = Safe::open().await;
    let folder = tempfile::tempdir().unwrap();
    let rotators = program(folder.path());
    let secret = rotated(&mut s, json!({"by": "command", "command": "keeper", "every": 3600})).await;
    let lease = s.ask(&secret, json!({"lifetime": 900})).await.body["lease"]["id"].clone();
    assert!(lease.is_string());
    let api = s.w.api().await;
    let held = api.post(&format!("{AT}/{secret}/rotate"), json!({})).await.unwrap();
    assert_eq!((held.status, held.text("code").unwrap()), (409, "lent_out"));
    s.w.advance(3_601);
    until(&mut s, &secret, &rotators, &["2 current", "1 old"]).await;
    s.w.advance(3_601);
    until(&mut s, &secret, &rotators, &["3 current", "2 old", "1 old"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_postgresql_role_changes_at_the_server_and_in_the_vault() {
    let hba = |folder: &std::path::Path| {
        std::fs::write(folder.join("hba.conf"), "local all rotated scram-sha-256\nlocal all all trust\n")
            .unwrap();
        format!("hba_file = '{}/hba.conf'", folder.display())
    };
    let Some(cluster) = tokio::task::block_in_place(|| Cluster::start_with(hba)) else { return };
    let known = cluster.url("postgres");
    let host = known.split(' ').find_map(|pair| pair.strip_prefix("host=")).unwrap().to_owned();
    tokio::task::block_in_place(|| {
        cluster.ask(&known, "create role rotated login password 'the-first-password'");
    });
    let kit = chancery_testkit::Kit::start().await.unwrap();
    let mut s = Safe::on(World::on(kit).await).await;
    let rotation =
        json!({"by": "postgres", "host": host, "database": "postgres", "tls": false, "after_use": true});
    let body = json!({"name": "db", "kind": "password", "policy": {"tier": "auto"}, "rotation": rotation,
        "value": {"username": "rotated", "password": "the-first-password"}});
    let secret = s.w.make(AT, body).await["id"].as_str().unwrap().to_owned();
    let target = vec![format!("{host}:5432")];
    let rotators = Rotators { postgres: target, ..Rotators::default() };
    let works = |password: &str| {
        let role = chancery_store::elsewhere::Role {
            host: host.clone(),
            port: 5432,
            database: "postgres".into(),
            tls: false,
            user: "rotated".into(),
            roots: None,
        };
        let password = password.to_owned();
        async move { role.sign_in(&password).await.is_ok() }
    };
    assert!(works("the-first-password").await && !works("another").await, "the server asks for it");
    let handed = s.ask(&secret, json!({})).await;
    let lease = handed.body["lease"]["id"].as_str().unwrap();
    let own = s.token(&s.agent.client).await;
    s.post(&own, &format!("/api/v1/leases/{lease}/return"), json!({})).await;
    until(&mut s, &secret, &rotators, &["2 current", "1 old"]).await;
    let now = s.ask(&secret, json!({})).await;
    let password = now.body["value"]["password"].as_str().unwrap();
    assert!(works(password).await && !works("the-first-password").await);
}
