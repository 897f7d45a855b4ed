use std::collections::BTreeSet;

use chancery_api::routes::{Gate, TABLE};
use clap::Parser;

use super::super::Command as Noun;
use super::super::people::UserVerb;
use super::super::systems::ClientVerb;
use super::*;
use crate::cli::{Cli, Command};

/// Operations that have a command elsewhere, or are for guards.
const ELSEWHERE: &[&str] = &[
    "event_explain",
    "event_export",
    "outcome_report",
    "revocation_follow",
    "request_events",
    "secret_events",
];
/// What programs do all day, with OpenFGA's own clients and command, and indexes with the numbers of their objects.
const OF_OPENFGA: &[&str] = &["access_", "assertion_", "object_id_", "relation_", "model_get"];

const COMMANDS: &[&str] = &[
    "agents stage ID active --why tested",
    "agents contain ID --reason r",
    "agents release ID --reason r",
    "agents versions ID",
    "agents runs ID",
    "agents tokens ID",
    "users disable ID --reason r",
    "users enable ID",
    "users groups ID",
    "users password ID --file /dev/null",
    "users factors ID",
    "users remove-factor ID FACTOR",
    "users reset-factors ID --reason r",
    "groups members ID",
    "groups add ID USER",
    "groups remove ID USER",
    "applications disable ID",
    "applications enable ID",
    "clients disable ID --reason r",
    "clients enable ID",
    "clients add-secret ID",
    "clients remove-secret ID NAME",
    "tokens revoke 7",
    "approvals get ID",
    "approvals approve ID --seen DIGEST",
    "approvals deny ID --seen DIGEST",
    "approvals cancel ID --reason r",
    "runs get ID",
    "runs stop ID --reason r",
    "grants withdraw ID",
    "leases return ID",
    "leases end ID --reason r",
    "secrets versions RG ID ID",
    "secrets put RG ID ID --file FILE",
    "secrets reveal RG ID ID",
    "secrets checkout RG ID ID",
    "secrets request RG ID ID REQUEST",
    "secrets cancel RG ID ID REQUEST",
    "secrets rotate RG ID ID",
    "grants return ID",
    "grants confirm ID",
    "requests cancel ID --reason r",
    "emergencies review ID --note n",
    "stores list",
    "stores create drive",
    "stores get ID",
    "stores delete ID",
    "stores model ID --file FILE",
    "stores models ID",
    "stores keys ID",
    "stores add-key ID app",
    "stores remove-key ID KEY",
    "stores record ID --off",
    "endpoints rotate ID",
    "endpoints test ID",
    "endpoints deliveries ID",
];

fn act(line: &str) -> Act {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("value.json");
    std::fs::write(&file, "{}").expect("file");
    let line = &line.replace("FILE", &file.display().to_string());
    let words = ["chancery", "admin"].into_iter().chain(line.split(' '));
    let Command::Admin(admin) = Cli::try_parse_from(words).expect(line).command else { panic!("{line}") };
    let asked = match admin.command {
        Noun::Agents(verb) => verb.asked(),
        Noun::Tokens(verb) => verb.asked(),
        Noun::Approvals(verb) => verb.asked(),
        Noun::Users(verb) => verb.asked().expect(line),
        Noun::Groups(verb) => verb.asked(),
        Noun::Applications(verb) => verb.asked(),
        Noun::Clients(verb) => verb.asked().expect(line),
        Noun::Runs(verb) => verb.asked(),
        Noun::Grants(verb) => verb.asked(),
        Noun::Leases(verb) => verb.asked(),
        Noun::Secrets(verb) => verb.asked().expect(line).1,
        Noun::Requests(verb) => verb.asked(),
        Noun::Emergencies(verb) => verb.asked(),
        Noun::Stores(verb) => verb.asked().expect(line),
        Noun::Endpoints(verb) => verb.asked(),
        _ => panic!("{line}"),
    };
    let Asked::Act(act) = asked else { panic!("{line}") };
    act
}

/// The shared verbs, as requests.
fn shared(noun: &str) -> [(Method, String); 5] {
    let (all, one) = (format!("/api/v1/{noun}"), format!("/api/v1/{noun}/ID"));
    [
        (Method::GET, all.clone()),
        (Method::POST, all),
        (Method::GET, one.clone()),
        (Method::PATCH, one.clone()),
        (Method::DELETE, one),
    ]
}

#[test]
fn whatever_the_api_can_do_has_a_command_and_every_command_an_operation() {
    let path = |text: &str| {
        text.replace("{id}", "ID")
            .replace("{user}", "USER")
            .replace("{name}", "NAME")
            .replace("{pos}", "7")
            .replace("{rg}", "RG")
            .replace("{project}", "ID")
            .replace("{request}", "REQUEST")
            .replace("{factor}", "FACTOR")
            .replace("{store}", "ID")
            .replace("{key}", "KEY")
    };
    let api: BTreeSet<(String, String)> = TABLE
        .iter()
        .filter(|row| matches!(row.gate, Gate::Needs(_)) && !ELSEWHERE.contains(&row.operation))
        .filter(|row| !OF_OPENFGA.iter().any(|stem| row.operation.starts_with(stem)))
        // A file of keys is read when the command is; it has a test of its own.
        .filter(|row| row.operation != "client_set_keys")
        .map(|row| (row.verb.method().to_string(), path(row.path)))
        .collect();
    let own: BTreeSet<(String, String)> =
        COMMANDS.iter().map(|line| act(line)).map(|act| (act.method.to_string(), act.path)).collect();
    assert!(own.is_subset(&api), "{:?}", own.difference(&api));
    let nouns = [
        "agents",
        "users",
        "groups",
        "applications",
        "clients",
        "assignments",
        "connections",
        "grants",
        "events",
        "organizations",
        "tokens",
        "approvals",
        "leases",
        "secrets",
        "secrets/connections",
        "secrets/folders",
        "secrets/resource_groups/RG/projects",
        "secrets/resource_groups/RG/projects/ID/secrets",
        "requests",
        "emergencies",
        "endpoints",
    ];
    let shared: BTreeSet<(String, String)> =
        nouns.iter().flat_map(|noun| shared(noun)).map(|(method, path)| (method.to_string(), path)).collect();
    let missing: Vec<_> = api.iter().filter(|row| !own.contains(*row) && !shared.contains(*row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn keys_are_taken_as_a_set_or_as_a_list() {
    let folder = tempfile::tempdir().expect("folder");
    for text in [r#"{"keys":[{"kty":"EC"}]}"#, r#"[{"kty":"EC"}]"#] {
        let file = folder.path().join("keys.json");
        std::fs::write(&file, text).expect("file");
        let Asked::Act(act) =
            (ClientVerb::SetKeys { id: "ID".into(), keep_tokens: false, file }).asked().expect("keys")
        else {
            panic!("an act")
        };
        assert_eq!(act.body, Some(json!({ "keys": [{ "kty": "EC" }] })));
        assert_eq!((act.method, act.path.as_str()), (Method::PUT, "/api/v1/clients/ID/keys"));
    }
}

#[test]
fn a_secret_stands_on_no_command_line() {
    let verb = UserVerb::Password { id: "ID".into(), file: "/no/such/file".into() };
    assert!(verb.asked().is_err());
}
