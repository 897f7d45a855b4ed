//! The real server, killed while it tells programs and people: nothing is lost, and nothing is told that is not so.

mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{Env, Seconds};
use chancery_server::Server;
use chancery_server::config::Config;
use chancery_testkit::endpoint::Heard;
use chancery_testkit::{Browser, Endpoint, Kit, PASSWORD, START, calling_here};
use serde_json::{Value, json};

use crate::approvals::{CIBA, Desk, answers};
use crate::world::{Client, Reply, World};

const PLACE: &str = "CHANCERY_KILL_SERVER";
const PORT: &str = "CHANCERY_KILL_PORT";
const ROUND: &str = "CHANCERY_KILL_ROUND";
/// The port of the relay for letters, where there is one.
const RELAY: &str = "CHANCERY_KILL_RELAY";
const ROUNDS: u32 = 5;

pub fn configure(config: &mut Config, place: &Path, port: u16) {
    calling_here(config);
    config.listen.address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    config.database.location = place.join("data").display().to_string();
    config.database.master_key = Some(place.join("master.key"));
}

/// The time of the round's server: what an earlier one held is due again by then.
fn begins(round: u32) -> Seconds {
    Seconds(70 * i64::from(round))
}

/// The victim: serves until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below, as a process of its own"]
async fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the data is")]
    let told = |name: &str| std::env::var(name).ok();
    let (Some(place), Some(port), Some(round)) = (told(PLACE), told(PORT), told(ROUND)) else { return };
    let round: u32 = round.parse().unwrap();
    let mut config = Config::default();
    configure(&mut config, Path::new(&place), port.parse().unwrap());
    if let Some(relay) = told(RELAY) {
        people::by_mail(&mut config, relay.parse().unwrap());
    }
    let clock = ManualClock::at(START.plus(begins(round)));
    let env = Env::new(clock, SeededEntropy::new(1_000 + u64::from(round)));
    let _running = Server::new(config).with_env(env).start().await.unwrap();
    std::io::stdout().lock().write_all(b"\nready\n").unwrap();
    std::future::pending::<()>().await;
}

/// A server of its own process, on this data and port.
pub fn victim_of(place: &Path, port: u16, round: u32) -> Child {
    victim_with(place, port, round, None)
}

fn victim_with(place: &Path, port: u16, round: u32, relay: Option<u16>) -> Child {
    let mut running = Command::new(std::env::current_exe().unwrap());
    if let Some(relay) = relay {
        running.env(RELAY, relay.to_string());
    }
    let mut running = running
        .args(["killed::victim", "--exact", "--ignored", "--nocapture"])
        .env(PLACE, place)
        .env(PORT, port.to_string())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(running.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line == "ready"), "the victim did not start");
    running
}

/// A question, how it is answered, and by whom it was put.
struct Put {
    id: String,
    approval: String,
    yes: bool,
    pushed: bool,
}

async fn put(base: &str, client: &Client, login: &str, resource: &str, message: &str) -> Reply {
    let fields = [
        ("scope", "openid crm.pay"),
        ("resource", resource),
        ("login_hint", login),
        ("binding_message", message),
        ("client_notification_token", "8d67dc78-7faa-4d41-aabd-67707b374255"),
    ];
    let http = reqwest::Client::new();
    let sent = http.post(format!("{base}/oauth2/bc-authorize")).form(&client.with(&fields)).send().await;
    Reply::read(sent.unwrap()).await
}

/// Everything that has arrived so far.
async fn arrived(sink: &mut Endpoint, so_far: &mut Vec<Heard>) {
    while sink.has_more() {
        so_far.push(sink.next().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_programs_are_told_loses_nothing_and_tells_nothing_false() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let kit = Kit::start_with(|config| configure(config, folder.path(), port)).await.unwrap();
    let mut d = Desk::open_on(World::on(kit).await).await;
    let mut sinks = [
        Endpoint::start().await.unwrap(),
        Endpoint::start().await.unwrap(),
        Endpoint::start().await.unwrap(),
    ];
    let mut clients = Vec::new();
    for (mode, sink) in ["ping", "push"].into_iter().zip(&sinks) {
        let client = json!({"name": mode, "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA],
            "backchannel_token_delivery_mode": mode, "backchannel_client_notification_endpoint": sink.at("/ciba")});
        clients.push(d.w.client(client).await);
    }
    d.w.make(
        "/api/v1/endpoints",
        json!({"name": "told", "kind": "webhook", "address": sinks[2].at("/hook")}),
    )
    .await;
    let Desk { w, brandon, crm, .. } = d;
    let (base, World { kit, .. }) = (w.kit.base().to_owned(), w);
    let Kit { running, .. } = kit;
    running.stop().await;
    let mut all: Vec<Put> = Vec::new();
    for round in 1..=ROUNDS {
        let mut victim = victim_of(folder.path(), port, round);
        let mut browser = Browser::new(&base).unwrap();
        browser.sign_in(&brandon.login, PASSWORD).await.unwrap();
        for (pushed, client) in [false, true].into_iter().zip(&clients) {
            let message = format!("round {round}, {pushed}");
            let reply = put(&base, client, &brandon.login, &crm.resource, &message).await;
            let (id, approval) = (reply.get("auth_req_id").to_owned(), reply.get("approval").to_owned());
            let yes = (round + u32::from(pushed)).is_multiple_of(2) || pushed && round > 2;
            let word = if yes { "approve" } else { "deny" };
            assert_eq!(answers(&mut browser, &approval, word).await.status, 303);
            all.push(Put { id, approval, yes, pushed });
        }
        tokio::time::sleep(Duration::from_micros(u64::from(round) * 7_919 % 23_000)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
    // The last one is left alone until everything is told.
    let mut victim = victim_of(folder.path(), port, ROUNDS + 1);
    let mut heard: [Vec<Heard>; 3] = Default::default();
    let begun = Instant::now();
    loop {
        for (sink, heard) in sinks.iter_mut().zip(&mut heard) {
            arrived(sink, heard).await;
        }
        let missing = missing(&all, &heard);
        if missing.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "never told: {missing:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    true_throughout(&all, &heard);
}

/// What nobody was told of yet.
fn missing(all: &[Put], [pings, pushes, hooks]: &[Vec<Heard>; 3]) -> Vec<String> {
    let named = |heard: &[Heard]| -> BTreeSet<String> {
        heard.iter().map(|h| h.json()["auth_req_id"].as_str().unwrap().to_owned()).collect()
    };
    let told = hooks.iter().map(Heard::json).filter(|told| told["type"] == "approval.answered");
    let told: BTreeSet<String> =
        told.map(|told| told["data"]["approval"].as_str().unwrap().to_owned()).collect();
    let (pinged, pushed) = (named(pings), named(pushes));
    let clients = all.iter().filter(|put| !(if put.pushed { &pushed } else { &pinged }).contains(&put.id));
    let hooks = all.iter().filter(|put| !told.contains(&put.approval));
    clients.map(|put| put.id.clone()).chain(hooks.map(|put| put.approval.clone())).collect()
}

fn true_throughout(all: &[Put], [_, pushes, hooks]: &[Vec<Heard>; 3]) {
    let by_id: BTreeMap<&str, &Put> = all.iter().map(|put| (put.id.as_str(), put)).collect();
    let mut tokens: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for told in pushes.iter().map(Heard::json) {
        let id = told["auth_req_id"].as_str().unwrap();
        match told["access_token"].as_str() {
            Some(token) => {
                assert!(by_id[id].yes, "a token after a no: {told}");
                tokens.entry(id.to_owned()).or_default().insert(token.to_owned());
            }
            None => assert!(!by_id[id].yes && told["error"] == "access_denied", "a no after a yes: {told}"),
        }
    }
    assert!(tokens.values().all(|all| all.len() == 1), "one yes is one token, however often it arrives");
    let by_approval: BTreeMap<&str, &Put> = all.iter().map(|put| (put.approval.as_str(), put)).collect();
    for told in hooks.iter().map(Heard::json) {
        let state = told["data"]["state"].as_str().unwrap();
        let yes = by_approval[told["data"]["approval"].as_str().unwrap()].yes;
        let so: &[Value] = match (told["type"].as_str().unwrap(), yes) {
            ("approval.asked", _) => &[json!("pending")],
            ("approval.answered", true) => &[json!("approved"), json!("redeemed")],
            ("approval.answered", false) => &[json!("denied")],
            other => panic!("{other:?} was never so"),
        };
        assert!(so.contains(&json!(state)), "{told}");
    }
}
