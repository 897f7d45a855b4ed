//! `chancery run`: a process has a secret, and gives it back when it ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{AT, CANARY, Safe};
use chancery_server::cli::Cli;
use clap::Parser;
use serde_json::json;

/// `chancery run` by the agent, for this wish and with this program.
fn words(s: &Safe, secret: &Path, wish: &[&str], program: &[&str]) -> Vec<String> {
    let agent = ["--server", s.w.issuer(), "--client-id", &s.agent.client.id, "--client-secret-file"];
    let all = [&["chancery", "run"], wish, &agent, &[secret.to_str().unwrap(), "--"], program].concat();
    all.into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_the_secret_and_its_exit_code_is_passed_on_and_the_secret_is_given_back() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto", "exclusive": true})).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("secret"), folder.path().join("out"));
    std::fs::write(&file, &s.agent.client.secret).unwrap();
    let script = format!("printf %s \"$CRM_KEY\" >{}; exit 7", out.display());
    let free = ["--secret", "prod/crm/free=CRM_KEY"];
    let words = |script: &str| Cli::parse_from(words(&s, &file, &free, &["sh", "-c", script]));
    assert_eq!(words(&script).code(BTreeMap::new()).await.unwrap(), 7);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), CANARY);
    let killed = words("kill -TERM $$").code(BTreeMap::new()).await.unwrap();
    assert_eq!(killed, 128 + 15);
    let all = s.w.read(&format!("/api/v1/leases?secret={secret}")).await;
    let why: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|l| l["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["given back", "given back"]);
    let missing = Cli::parse_from(self::words(&s, &file, &free, &["/no/such/program"]));
    let told = format!("{:#}", missing.code(BTreeMap::new()).await.unwrap_err());
    assert!(told.contains("/no/such/program") && !told.contains(CANARY), "{told}");
    let open = s.w.read(&format!("/api/v1/leases?secret={secret}&open=true")).await;
    assert!(open["items"].as_array().unwrap().is_empty(), "also where nothing was started");
    assert!(s.w.read(&format!("{AT}/{secret}")).await["current"] == 1);
}

const ARGUMENTS: &str = "CHANCERY_RUN_ARGUMENTS";

/// The command in a process of its own, which is told to end as processes are.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the tests below, as a process of its own"]
async fn command_line() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says what is to be run")]
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let arguments: Vec<String> = serde_json::from_str(&arguments).unwrap();
    let code = Cli::parse_from(arguments).code(BTreeMap::new()).await.unwrap_or(1);
    std::process::exit(i32::from(code));
}

/// Starts `chancery run` with the secret `crm`, for Brandon, and this script.
fn running(s: &Safe, folder: &Path, script: &str) -> Child {
    let file = folder.join("secret");
    std::fs::write(&file, &s.agent.client.secret).unwrap();
    let wish = ["--secret", "prod/crm/crm=CRM_KEY", "--user", &s.brandon.login, "--task", "a test"];
    let words = serde_json::to_string(&words(s, &file, &wish, &["sh", "-c", script])).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["vault::command::command_line", "--exact", "--ignored", "--nocapture"])
        .env(ARGUMENTS, words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn tell(child: &Child, signal: &str) {
    let told = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(told.success());
}

async fn code(mut child: Child) -> i32 {
    tokio::task::spawn_blocking(move || child.wait().unwrap().code().unwrap()).await.unwrap()
}

/// Looks until something is so.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

/// The request that waits for Brandon.
async fn waiting(s: &mut Safe) -> String {
    until("a question for Brandon", async || {
        let read = s.w.read("/api/v1/approvals?state=pending").await;
        read["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_while_a_person_is_asked_it_ends_and_takes_the_question_back() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    for (n, signal, number) in [(1, "TERM", 15), (2, "INT", 2), (3, "HUP", 1)] {
        let child = running(&s, folder.path(), &format!("touch {}", ran.display()));
        let request = waiting(&mut s).await;
        tell(&child, "USR1");
        tell(&child, signal);
        assert_eq!(code(child).await, 128 + number, "{signal}");
        let read = s.w.read(&format!("/api/v1/approvals/{request}")).await;
        assert_eq!(read["state"], "canceled", "{signal}: {read}");
        let canceled = s.w.events("approval_canceled").await;
        assert_eq!(canceled.len(), n);
        assert_eq!(canceled[0]["evidence"]["agent"]["agent"], json!(s.agent.id), "{}", canceled[0]);
    }
    assert!(!ran.exists(), "nothing was run");
    let all = s.w.read(&format!("/api/v1/leases?secret={secret}")).await;
    assert_eq!(all["items"], json!([]), "and nothing was lent");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_while_its_program_runs_it_passes_that_on_and_gives_the_secret_back() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let folder = tempfile::tempdir().unwrap();
    let (ready, seen) = (folder.path().join("ready"), folder.path().join("seen"));
    let script = format!(
        "trap 'printf %s \"$CRM_KEY\" >{}; exit 43' TERM; touch {}; while :; do sleep 0.05; done",
        seen.display(),
        ready.display()
    );
    let child = running(&s, folder.path(), &script);
    let request = waiting(&mut s).await;
    s.answer(&request, "approve").await;
    until("the program", async || ready.exists().then_some(())).await;
    tell(&child, "TERM");
    assert_eq!(code(child).await, 43, "the program's own end");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), CANARY);
    let all = s.w.read(&format!("/api/v1/leases?secret={secret}")).await;
    let why: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|l| l["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["given back"]);
}
