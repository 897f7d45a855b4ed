//! Every reason, by the one change that brings it about.

use chancery_kernel::Seconds;
use chancery_model::{ConsentRule, DualSubject, Origin, Principal, Stage, UserStatus};
use chancery_policy::{Proof, Reason, Verdict};

use crate::world::{
    NOW, World, after, approval, codes, connection, containment, elsewhere, home, id, link, set,
};

type Row = (fn(&mut World), &'static str, &'static [&'static str]);

fn check(rows: &[Row], ask: fn(&World) -> Verdict, start: fn() -> World) {
    assert!(ask(&start()).is_allow(), "the world one starts from is allowed");
    for (i, (change, word, expected)) in rows.iter().enumerate() {
        let mut world = start();
        change(&mut world);
        let verdict = ask(&world);
        assert_eq!((verdict.word(), codes(&verdict).as_slice()), (*word, *expected), "row {i}");
    }
}

#[rustfmt::skip]
const OF_AGENTS: &[Row] = &[
    // application
    (|w| w.application.enabled = false, "deny", &["application_disabled"]),
    (|w| w.application.org = elsewhere(), "deny", &["application_foreign"]),
    // agent
    (|w| w.chain.clear(), "deny", &["agent_missing"]),
    (|w| w.chain[0].agent.org = elsewhere(), "deny", &["agent_foreign"]),
    (|w| w.chain[0].agent.stage = Stage::Staged, "deny", &["agent_not_active"]),
    (|w| w.chain[0].agent.stage = Stage::Suspended, "deny", &["agent_not_active"]),
    (|w| w.chain[0].agent.stage = Stage::Retired, "deny", &["agent_not_active"]),
    (|w| w.chain[0].agent.contained = containment(), "deny", &["agent_contained"]),
    (|w| w.chain[0].agent.expires = Some(NOW), "deny", &["agent_expired"]),
    (|w| w.chain[0].assignment = None, "deny", &["agent_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().principal = Principal::Agent(id(2)), "deny", &["agent_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().application = id(2), "deny", &["agent_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().org = elsewhere(), "deny", &["agent_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().scopes = Some(set("report")), "deny", &["agent_scope_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().scopes = Some(set("")), "deny", &["agent_scope_not_assigned"]),
    // its client
    (|w| w.chain[0].client.org = elsewhere(), "deny", &["client_foreign"]),
    (|w| w.chain[0].client.enabled = false, "deny", &["client_disabled"]),
    (|w| w.chain[0].client.agent = None, "deny", &["client_not_of_agent"]),
    (|w| w.chain[0].client.agent = Some(id(2)), "deny", &["client_not_of_agent"]),
    // connection and tiers
    (|w| { w.chain[0].connection = Some(connection(1, "read", "", "")); w.chain[0].connection.as_mut().unwrap().ends = Some(NOW) }, "deny", &["connection_not_in_force"]),
    (|w| w.chain[0].connection = Some(connection(2, "read", "", "")), "deny", &["connection_not_in_force"]),
    (|w| w.chain[0].connection = Some(connection(1, "read", "", "read")), "deny", &["scope_never"]),
    (|w| w.chain[0].connection = Some(connection(1, "read", "read", "")), "needs_approval", &["approval_required"]),
    (|w| w.requested = set("admin"), "deny", &["scope_never"]),
    (|w| w.requested = set("write"), "needs_approval", &["approval_required"]),
    (|w| w.requested = set("read write"), "needs_approval", &["approval_required"]),
    (|w| w.requested = set("admin write"), "deny", &["scope_never", "approval_required"]),
    (|w| { w.requested = set("write"); w.user = None; w.application.dual_subject = DualSubject::AgentOnly }, "deny", &["approval_needs_person"]),
    // human
    (|w| w.user = None, "deny", &["human_missing"]),
    (|w| w.user.as_mut().unwrap().org = elsewhere(), "deny", &["human_foreign"]),
    (|w| w.user.as_mut().unwrap().status = UserStatus::Disabled, "deny", &["human_disabled"]),
    (|w| w.human_scopes = None, "deny", &["human_not_assigned"]),
    (|w| w.human_scopes = Some(set("report")), "deny", &["human_scope_not_assigned"]),
    (|w| w.proof = Proof::Claimed, "deny", &["human_unproven"]),
    (|w| { w.proof = Proof::Claimed; w.user.as_mut().unwrap().status = UserStatus::Disabled; w.human_scopes = None }, "deny", &["human_unproven"]),
    (|w| { w.application.dual_subject = DualSubject::AgentOnly; w.human_scopes = None }, "deny", &["human_not_assigned"]),
    // consent
    (|w| w.application.consent = ConsentRule::Person, "needs_consent", &["consent_required"]),
    (|w| { w.application.consent = ConsentRule::Person; w.consented = Some(set("report")) }, "needs_consent", &["consent_required"]),
    (|w| { w.application.consent = ConsentRule::Person; w.requested = set("write") }, "needs_consent", &["approval_required", "consent_required"]),
    (|w| { w.application.consent = ConsentRule::Person; w.human_scopes = None }, "deny", &["human_not_assigned", "consent_required"]),
    // scopes
    (|w| w.requested = set("read unheard-of"), "deny", &["scope_unknown"]),
    (|w| w.requested = set("READ"), "deny", &["scope_unknown"]),
    // source
    (|w| w.source = Some((Some(set("report")), Seconds(60), 0)), "deny", &["beyond_source"]),
    (|w| w.source = Some((None, Seconds(0), 0)), "deny", &["source_expired"]),
    // chain
    (|w| w.chain = (1..=6).map(link).collect(), "deny", &["chain_too_long"]),
    (|w| w.source = Some((None, Seconds(60), 6)), "deny", &["chain_too_long", "chain_shortened"]),
    (|w| w.source = Some((None, Seconds(60), 2)), "deny", &["chain_shortened"]),
    (|w| w.chain = vec![link(1), link(2), link(1)], "deny", &["chain_repeats"]),
    (|w| { w.chain = vec![link(1), link(2)]; w.chain[1].agent.contained = containment() }, "deny", &["agent_contained"]),
    (|w| { w.chain = vec![link(1), link(2)]; w.chain[1].assignment = None }, "deny", &["agent_not_assigned"]),
    (|w| { w.chain = vec![link(1), link(2)]; w.chain[1].connection = Some(connection(2, "", "read", "")) }, "needs_approval", &["approval_required"]),
    // defaults and lifetime
    (|w| { w.requested = set(""); w.human_scopes = Some(set("write")) }, "deny", &["human_scope_not_assigned", "human_scope_not_assigned", "approval_required", "scope_never", "human_scope_not_assigned", "nothing_allowed"]),
    (|w| { w.requested = set(""); w.application.scopes.clear() }, "deny", &["nothing_allowed"]),
    (|w| w.wanted = Some(Seconds(0)), "deny", &["no_time_left"]),
    (|w| w.application.token_lifetime = Seconds(0), "deny", &["no_time_left"]),
    (|w| w.chain[0].agent.expires = Some(chancery_kernel::Timestamp::from_micros(NOW.micros() + 999_999)), "deny", &["no_time_left"]),
    // several at once: all are told
    (|w| { w.application.enabled = false; w.chain[0].client.enabled = false; w.chain[0].agent.contained = containment(); w.user = None },
        "deny", &["application_disabled", "agent_contained", "client_disabled", "human_missing"]),
];

#[rustfmt::skip]
const OF_PERSONS: &[Row] = &[
    (|w| w.user = None, "deny", &["human_missing"]),
    (|w| w.user.as_mut().unwrap().status = UserStatus::Disabled, "deny", &["human_disabled"]),
    (|w| w.proof = Proof::Claimed, "deny", &["human_unproven"]),
    (|w| w.human_scopes = None, "deny", &["human_not_assigned"]),
    (|w| w.human_scopes = Some(set("report")), "deny", &["human_scope_not_assigned"]),
    (|w| w.chain[0].client.enabled = false, "deny", &["client_disabled"]),
    (|w| w.chain[0].client.org = elsewhere(), "deny", &["client_foreign"]),
    (|w| w.chain[0].client.agent = Some(id(1)), "deny", &["client_of_agent"]),
    (|w| w.application.enabled = false, "deny", &["application_disabled"]),
    (|w| w.application.consent = ConsentRule::Person, "needs_consent", &["consent_required"]),
    (|w| w.source = Some((Some(set("report")), Seconds(60), 0)), "deny", &["beyond_source"]),
    (|w| w.requested = set("unheard-of"), "deny", &["scope_unknown"]),
];

#[rustfmt::skip]
const OF_TOOLS: &[Row] = &[
    (|w| w.chain[0].assignment = None, "deny", &["client_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().principal = Principal::Agent(id(1)), "deny", &["client_not_assigned"]),
    (|w| w.chain[0].assignment.as_mut().unwrap().scopes = Some(set("report")), "deny", &["client_scope_not_assigned"]),
    (|w| w.chain[0].client.enabled = false, "deny", &["client_disabled"]),
    (|w| w.chain[0].client.org = elsewhere(), "deny", &["client_foreign"]),
    (|w| w.chain[0].client.agent = Some(id(1)), "deny", &["client_of_agent"]),
    (|w| w.application.org = elsewhere(), "deny", &["application_foreign"]),
    (|w| w.application.enabled = false, "deny", &["application_disabled"]),
    (|w| w.requested = set("unheard-of"), "deny", &["scope_unknown"]),
];

#[test]
fn each_change_denies_an_agent_with_its_reasons() {
    check(OF_AGENTS, World::ask, World::allowed);
}

#[test]
fn each_change_denies_a_person_with_its_reasons() {
    check(OF_PERSONS, World::ask_person, || World::allowed().with_tool());
}

#[test]
fn each_change_denies_a_tool_with_its_reasons() {
    check(OF_TOOLS, World::ask_client, || World::allowed().with_tool());
}

#[test]
fn every_reason_has_a_row() {
    let rows = [OF_AGENTS, OF_PERSONS, OF_TOOLS].concat();
    for code in Reason::CODES {
        assert!(
            rows.iter().any(|(_, _, codes)| codes.contains(code)),
            "{code} is never the outcome of a row"
        );
    }
}

type Spoil = fn(&mut World);

/// An approval opens tier `approval` for exactly its agent, person, application, scopes and time.
#[test]
fn an_approval_counts_for_what_it_names_and_nothing_else() {
    let spoils: &[Spoil] = &[
        |w| w.grants[0].origin = Origin::Consent,
        |w| w.grants[0].org = elsewhere(),
        |w| w.grants[0].user = id(8),
        |w| w.grants[0].agent = Some(id(2)),
        |w| w.grants[0].agent = None,
        |w| w.grants[0].application = Some(id(2)),
        |w| w.grants[0].application = None,
        |w| w.grants[0].scopes = set("read report"),
        |w| w.grants[0].until = Some(NOW),
    ];
    let mut world = World::allowed();
    world.requested = set("read write");
    world.grants = vec![approval(1, "write", after(60))];
    assert!(world.ask().is_allow());
    assert_eq!(world.org, home());
    for (i, spoil) in spoils.iter().enumerate() {
        let mut spoiled = world.clone();
        spoil(&mut spoiled);
        assert_eq!(spoiled.ask().word(), "needs_approval", "row {i}");
    }
}
