use chancery_directory::agents::{self, AgentPatch, NewAgent};
use chancery_directory::{clients, users};
use chancery_kernel::Seconds;
use chancery_model::{AuthMethod, Principal, Stage};

use crate::world::{code, jwk, keys, nobody, none, one, tool};

#[tokio::test]
async fn activation_needs_an_owner_a_sponsor_and_a_credential() {
    let (_world, org) = one().await;
    let owner = org.user("owner").await;
    let bare = NewAgent { name: "helper".into(), purpose: "help".into(), ..NewAgent::default() };
    let agent = agents::register(&org.cx, bare).await.unwrap();
    let activate = || agents::set_stage(&org.cx, agent.id, None, Stage::Active, "go");
    let refused = activate().await.unwrap_err();
    assert_eq!(refused.code, "agent_not_ready");
    for part in ["a technical owner", "a sponsor", "a client with a credential"] {
        let told = refused.public.replace("an enabled client", "a client");
        assert!(told.contains(part), "{part}: {told}");
    }
    let patch =
        AgentPatch { owners: Some(vec![owner.id]), sponsor: Some(Some(owner.id)), ..AgentPatch::default() };
    agents::update(&org.cx, agent.id, None, patch).await.unwrap();
    assert_eq!(code(activate().await), "agent_not_ready");
    let mut face = tool("helper");
    face.agent = Some(agent.id);
    let client = clients::create(&org.cx, face).await.unwrap().client;
    assert_eq!(client.auth, AuthMethod::PrivateKeyJwt);
    assert_eq!(code(activate().await), "agent_not_ready", "a client without keys proves nothing");
    clients::set_keys(&org.cx, client.id, None, &[jwk()], clients::Issued::End).await.unwrap();
    users::disable(&org.cx, owner.id, None, None).await.unwrap();
    assert_eq!(code(activate().await), "agent_not_ready", "a disabled owner answers for nothing");
    users::enable(&org.cx, owner.id, None).await.unwrap();
    assert_eq!(activate().await.unwrap().stage, Stage::Active);
}

#[tokio::test]
async fn stages_follow_one_another_and_to_stop_marks_the_agent_alone() {
    let (_world, org) = one().await;
    let (agent, _other) = (org.agent("helper").await, org.agent("other").await);
    let to = |stage, why: &'static str| agents::set_stage(&org.cx, agent.id, None, stage, why);
    assert_eq!(code(to(Stage::Staged, "back").await), "stage_impossible");
    assert_eq!(code(to(Stage::Suspended, " ").await), "reason_missing");
    assert_eq!(org.marked_by(to(Stage::Suspended, "odd behavior")).await, keys(&[&agent.id]));
    assert_eq!(org.marked_by(to(Stage::Active, "looked into")).await, none());
    let before = org.cx.db().hot().mark_seq(org.cx.org);
    to(Stage::Retired, "replaced").await.unwrap();
    assert_eq!(org.cx.db().hot().mark_seq(org.cx.org), before + 1);
    assert_eq!(code(to(Stage::Active, "again").await), "stage_impossible");
    let patch = AgentPatch { purpose: Some("more".into()), ..AgentPatch::default() };
    assert_eq!(code(agents::update(&org.cx, agent.id, None, patch).await), "agent_retired");
}

#[tokio::test]
async fn every_change_is_a_version_with_who_and_why() {
    let (_world, org) = one().await;
    let agent = org.agent("helper").await;
    let patch = AgentPatch {
        purpose: Some("answer questions".into()),
        why: Some("the purpose was vague".into()),
        ..AgentPatch::default()
    };
    agents::update(&org.cx, agent.id, Some(2), patch.clone()).await.unwrap();
    assert_eq!(code(agents::update(&org.cx, agent.id, Some(2), patch.clone()).await), "stale");
    agents::update(&org.cx, agent.id, None, patch).await.unwrap();
    let versions = agents::versions(&org.cx, agent.id).await.unwrap();
    let admin = org.founded.administrator.id.to_string();
    let told: Vec<(i64, &str, &str)> =
        versions.iter().map(|v| (v.number, v.why.as_str(), v.record.purpose.as_str())).collect();
    assert_eq!(
        told,
        [(3, "the purpose was vague", "answer questions"), (2, "ready", "test"), (1, "registered", "test")],
        "a change that changed nothing is no version"
    );
    assert!(versions.iter().all(|v| v.by == admin));
}

#[tokio::test]
async fn an_agent_at_work_keeps_owner_and_sponsor() {
    let (_world, org) = one().await;
    let agent = org.agent("helper").await;
    let no_owner = AgentPatch { owners: Some(Vec::new()), ..AgentPatch::default() };
    assert_eq!(code(agents::update(&org.cx, agent.id, None, no_owner).await), "agent_needs_owner");
    let no_sponsor = AgentPatch { sponsor: Some(None), ..AgentPatch::default() };
    assert_eq!(code(agents::update(&org.cx, agent.id, None, no_sponsor).await), "agent_needs_owner");
    let stranger = AgentPatch { owners: Some(vec![nobody()]), ..AgentPatch::default() };
    assert_eq!(code(agents::update(&org.cx, agent.id, None, stranger).await), "unknown_reference");
}

#[tokio::test]
async fn an_end_brought_near_kills_tokens_that_would_outlive_it() {
    let (_world, org) = one().await;
    let agent = org.agent("helper").await;
    let ends = |seconds| {
        let end = org.cx.now().plus(Seconds(seconds));
        let patch = AgentPatch { expires: Some(Some(end)), ..AgentPatch::default() };
        agents::update(&org.cx, agent.id, None, patch)
    };
    assert_eq!(org.marked_by(ends(86_400)).await, none(), "every token of today has expired by then");
    assert_eq!(org.marked_by(ends(60)).await, keys(&[&agent.id]));
    assert_eq!(code(ends(0).await), "in_the_past");
}

#[tokio::test]
async fn names_are_plain_and_taken_once() {
    let (_world, org) = one().await;
    org.staged("helper").await;
    let named = |name: &str| NewAgent { name: name.into(), ..NewAgent::default() };
    assert_eq!(code(agents::register(&org.cx, named("HELPER")).await), "name_taken");
    for bad in ["", "a b", "a:b", "äffchen"] {
        assert!(agents::register(&org.cx, named(bad)).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn an_agent_at_work_is_retired_before_it_is_deleted() {
    let (_world, org) = one().await;
    let agent = org.agent("helper").await;
    let crm = org.app("crm").await;
    org.assign(Principal::Agent(agent.id), crm.id, None).await;
    assert_eq!(code(agents::delete(&org.cx, agent.id, None).await), "agent_in_use");
    agents::set_stage(&org.cx, agent.id, None, Stage::Retired, "done").await.unwrap();
    assert_eq!(code(agents::delete(&org.cx, agent.id, None).await), "agent_in_use", "it has a client");
    let face = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    clients::delete(&org.cx, face.id, None).await.unwrap();
    agents::delete(&org.cx, agent.id, None).await.unwrap();
    assert_eq!(code(agents::get(&org.cx, agent.id).await), "not_found");
    assert!(org.cx.db().hot().assignment(Principal::Agent(agent.id), crm.id).is_none());
}
