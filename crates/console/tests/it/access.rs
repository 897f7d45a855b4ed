//! Who gets in, and what is told to those who do not.

use chancery_audit::Verdict;
use chancery_console::links::{self, ROUTES};
use chancery_kernel::PageRequest;
use chancery_model::Stage;
use chancery_watch::events::{Filter, timeline};

use crate::world::{Org, World};

const NOBODY: &str = "00000000000000000000000000";

/// A path of the administration with an id of the right kind in it.
fn filled(pattern: &str, of: &str) -> String {
    let kinds = [
        ("{agent}", "agt"),
        ("{client}", "cli"),
        ("{connection}", "con"),
        ("{assignment}", "asg"),
        ("{application}", "app"),
        ("{user}", "usr"),
        ("{group}", "grp"),
        ("{event}", "evt"),
        ("{position}", "pos"),
    ];
    kinds
        .iter()
        .fold(pattern.to_owned(), |path, (name, prefix)| path.replace(name, &format!("{prefix}_{of}")))
}

fn administration() -> impl Iterator<Item = String> {
    ROUTES.iter().filter(|(_, p)| p.starts_with("/console")).map(|(_, pattern)| filled(pattern, NOBODY))
}

async fn denials(org: &Org) -> usize {
    let filter = Filter { kinds: vec!["access_denied".into()], ..Filter::default() };
    timeline(&org.cx, &filter, &PageRequest::most()).await.unwrap().items.len()
}

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_and_back() {
    let world = World::new().await;
    let mut stranger = world.stranger();
    let answer = stranger.get("/console/audit?verdict=deny").await;
    let back = links::with(links::sign_in(), &[("request", "/console/audit?verdict=deny")]);
    assert_eq!((answer.status.as_u16(), answer.location()), (303, back.as_str()));
    for path in administration() {
        let (get, post) = (stranger.get(&path).await, stranger.post(&path, &[("reason", "x")]).await);
        for answer in [get, post] {
            let turned_away = answer.status == 303 && answer.location().starts_with("/sign-in");
            assert!(turned_away || answer.status == 405, "{path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_person_without_rights_is_refused_and_the_refusal_recorded() {
    let world = World::new().await;
    world.corp.user("alice@corp.example").await;
    let mut alice = world.signed_in("corp", "alice@corp.example").await;
    for (n, path) in ["/console", "/console/agents", "/console/live"].into_iter().enumerate() {
        let answer = alice.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.says("insufficient_scope") && !answer.says("Ada Admin"));
        assert_eq!(denials(&world.corp).await, n + 1);
    }
    assert_eq!(alice.get("/me").await.status, 200);
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let world = World::new().await;
    let agent = world.corp.agent("finance").await;
    let mut admin = world.admin().await;
    let path = links::agent_contain(&agent.id.to_string());
    let forged = [("reason", "because"), ("sure", "yes")];
    assert_eq!(admin.post(&path, &forged).await.status, 403);
    let stale = [("csrf", "AAAA"), ("reason", "because"), ("sure", "yes")];
    assert_eq!(admin.post(&path, &stale).await.status, 403);
    assert!(world.corp.now_agent(&agent).contained.is_none());
    for path in administration() {
        let answer = admin.post(&path, &[("name", "x")]).await;
        assert!([403, 405].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn ids_of_another_organization_are_as_unknown_as_those_of_nobody() {
    let world = World::new().await;
    let (agent, app) = (world.other.agent("theirs").await, world.other.app("Theirs").await);
    world.other.decide(&agent, &app, Verdict::Allow).await;
    let founded = &world.other.founded;
    let event = timeline(&world.other.cx, &Filter::default(), &PageRequest::most()).await.unwrap();
    let event = event.items[0].entry.envelope.id.to_string();
    let theirs = [
        (links::agent(&agent.id.to_string()), links::agent(&format!("agt_{NOBODY}"))),
        (links::agent_contain(&agent.id.to_string()), links::agent_contain(&format!("agt_{NOBODY}"))),
        (links::application(&app.id.to_string()), links::application(&format!("app_{NOBODY}"))),
        (links::user(&founded.administrator.id.to_string()), links::user(&format!("usr_{NOBODY}"))),
        (links::group(&founded.administrators.id.to_string()), links::group(&format!("grp_{NOBODY}"))),
        (links::client(&founded.command_line.id.to_string()), links::client(&format!("cli_{NOBODY}"))),
        (links::event(&event), links::event(&format!("evt_{NOBODY}"))),
        (links::event(&event), links::event("no id at all")),
    ];
    let mut admin = world.admin().await;
    for (foreign, unknown) in theirs {
        let (foreign, unknown) = (admin.get(&foreign).await, admin.get(&unknown).await);
        assert_eq!((foreign.status.as_u16(), unknown.status.as_u16()), (404, 404));
        assert_eq!(foreign.alike(), unknown.alike());
    }
}

#[tokio::test]
async fn acts_on_ids_of_another_organization_do_nothing() {
    let world = World::new().await;
    let agent = world.other.agent("theirs").await;
    let mut admin = world.admin().await;
    let csrf = admin.get("/console").await.field("csrf");
    let reason = [("csrf", csrf.as_str()), ("reason", "because"), ("sure", "yes"), ("version", "1")];
    let stage = [("csrf", csrf.as_str()), ("stage", "retired"), ("why", "because"), ("version", "1")];
    let id = agent.id.to_string();
    assert_eq!(admin.post(&links::agent_contain(&id), &reason).await.status, 404);
    assert_eq!(admin.post(&links::agent_stage(&id), &stage).await.status, 404);
    let now = world.other.now_agent(&agent);
    assert_eq!((now.stage, now.contained.is_none()), (Stage::Staged, true));
}

#[tokio::test]
async fn a_sign_in_may_lead_on_to_a_registered_address_and_to_no_other() {
    let world = World::new().await;
    let client = world.corp.founded.command_line.id;
    let mut stranger = world.stranger();
    let mut policy = async |uri: &str| {
        let request = format!("/oauth2/authorize?client_id={client}&redirect_uri={uri}&response_type=code");
        let page = stranger.get(&links::with(links::sign_in(), &[("request", &request)])).await;
        page.headers["content-security-policy"].to_str().unwrap().to_owned()
    };
    assert!(
        policy("http://127.0.0.1:4711/callback").await.contains("form-action 'self' http://127.0.0.1:4711;")
    );
    for other in ["https://evil.example/callback", "http://127.0.0.1:4711/elsewhere"] {
        assert!(policy(other).await.contains("form-action 'self';"), "{other}");
    }
}
