//! `chancery run`: a process has a secret, and gives it back when it ends.

use std::collections::BTreeMap;

use super::{AT, CANARY, Safe};
use chancery_server::cli::Cli;
use clap::Parser;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_the_secret_and_its_exit_code_is_passed_on_and_the_secret_is_given_back() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto", "exclusive": true})).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("secret"), folder.path().join("out"));
    std::fs::write(&file, &s.agent.client.secret).unwrap();
    let script = format!("printf %s \"$CRM_KEY\" >{}; exit 7", out.display());
    let words = |script: &str| {
        let words = [
            "chancery",
            "run",
            "--secret",
            "prod/crm/free=CRM_KEY",
            "--server",
            s.w.issuer(),
            "--client-id",
            &s.agent.client.id,
            "--client-secret-file",
            file.to_str().unwrap(),
            "--",
            "sh",
            "-c",
            script,
        ];
        Cli::parse_from(words)
    };
    assert_eq!(words(&script).code(BTreeMap::new()).await.unwrap(), 7);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), CANARY);
    let killed = words("kill -TERM $$").code(BTreeMap::new()).await.unwrap();
    assert_eq!(killed, 128 + 15);
    let all = s.w.read(&format!("/api/v1/leases?secret={secret}")).await;
    let why: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|l| l["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["given back", "given back"]);
    let missing = Cli::parse_from([
        "chancery",
        "run",
        "--secret",
        "prod/crm/free=CRM_KEY",
        "--server",
        s.w.issuer(),
        "--client-id",
        &s.agent.client.id,
        "--client-secret-file",
        file.to_str().unwrap(),
        "--",
        "/no/such/program",
    ]);
    let told = format!("{:#}", missing.code(BTreeMap::new()).await.unwrap_err());
    assert!(told.contains("/no/such/program") && !told.contains(CANARY), "{told}");
    let open = s.w.read(&format!("/api/v1/leases?secret={secret}&open=true")).await;
    assert!(open["items"].as_array().unwrap().is_empty(), "also where nothing was started");
    assert!(s.w.read(&format!("{AT}/{secret}")).await["current"] == 1);
}
