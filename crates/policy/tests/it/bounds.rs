//! How far an allowance reaches: scopes by default, lifetime by the least of all limits, and whom to ask.

use chancery_kernel::Seconds;
use chancery_model::{ApproverRule, ConsentRule, DualSubject};
use chancery_policy::{Bounds, Verdict, human_scopes};

use crate::world::{World, after, approval, connection, id, link, set};

fn allowed(verdict: Verdict) -> Bounds {
    match verdict {
        Verdict::Allow(bounds) => bounds,
        other => panic!("{other:?}"),
    }
}

/// Applies a change to the allowed world and expects this lifetime.
fn check_lifetime(expected: i64, change: fn(&mut World)) {
    let mut world = World::allowed();
    change(&mut world);
    assert_eq!(allowed(world.ask()).lifetime, Seconds(expected));
}

#[test]
fn the_lifetime_is_the_least_of_all_limits() {
    check_lifetime(300, |_| {});
    check_lifetime(900, |w| w.application.token_lifetime = Seconds(3_600));
    check_lifetime(120, |w| w.source = Some((None, Seconds(120), 0)));
    check_lifetime(60, |w| w.wanted = Some(Seconds(60)));
    check_lifetime(300, |w| w.wanted = Some(Seconds(86_400)));
    check_lifetime(45, |w| w.chain[0].agent.expires = after(45));
    check_lifetime(30, |w| {
        w.chain[0].connection = Some(connection(1, "read", "", ""));
        w.chain[0].connection.as_mut().unwrap().longest_lifetime = Some(Seconds(30));
    });
    check_lifetime(20, |w| {
        w.chain[0].connection = Some(connection(1, "read", "", ""));
        w.chain[0].connection.as_mut().unwrap().ends = after(20);
    });
    check_lifetime(10, |w| {
        w.requested = set("write");
        w.grants = vec![approval(1, "write", after(10))];
    });
    check_lifetime(15, |w| {
        w.chain = vec![link(1), link(2)];
        w.chain[1].agent.expires = after(15);
    });
}

#[test]
fn an_approval_that_is_not_needed_does_not_bound() {
    check_lifetime(300, |w| w.grants = vec![approval(1, "read write", after(10))]);
}

#[test]
fn of_several_approvals_the_longest_counts_and_is_named() {
    let mut world = World::allowed();
    world.requested = set("write");
    world.grants = vec![
        approval(1, "write", after(10)),
        approval(1, "write", after(50)),
        approval(1, "write", after(30)),
    ];
    let bounds = allowed(world.ask());
    assert_eq!((bounds.lifetime, bounds.grants), (Seconds(50), vec![world.grants[1].id]));
}

#[test]
fn defaults_are_what_comes_without_asking() {
    let mut world = World::allowed();
    world.requested = set("");
    assert_eq!(allowed(world.ask()).scopes, set("read report"));
    world.grants = vec![approval(1, "write", None)];
    assert_eq!(allowed(world.ask()).scopes, set("read report write"), "an approval in force asks nobody");
    world.source = Some((Some(set("read admin")), Seconds(60), 0));
    assert_eq!(allowed(world.ask()).scopes, set("read"));
}

#[test]
fn defaults_ask_for_consent_when_nothing_else_is_missing() {
    let mut world = World::allowed();
    world.requested = set("");
    world.application.consent = ConsentRule::Person;
    let Verdict::NeedsConsent { scopes, .. } = world.ask() else { panic!("not asked") };
    assert_eq!(scopes, set("read report"));
    world.consented = Some(set("report"));
    assert_eq!(allowed(world.ask()).scopes, set("report"));
}

#[test]
fn consent_is_asked_for_before_approval_and_both_have_to_be_there() {
    let mut world = World::allowed();
    world.application.consent = ConsentRule::Person;
    world.requested = set("read write");
    let Verdict::NeedsConsent { scopes, .. } = world.ask() else { panic!("not asked") };
    assert_eq!(scopes, set("read write"));
    world.consented = Some(set("read write"));
    let Verdict::NeedsApproval { scopes, approvers, .. } = world.ask() else { panic!("not asked") };
    assert_eq!((scopes, approvers), (set("write"), vec![]));
    world.grants = vec![approval(1, "write", after(60))];
    assert!(world.ask().is_allow());
}

#[test]
fn the_approver_is_the_one_of_the_actor_nearest_to_the_caller_who_needs_one() {
    let mut world = World::allowed();
    world.chain = vec![link(1), link(2)];
    world.requested = set("read write");
    world.chain[0].connection = Some(connection(1, "read write", "", ""));
    world.chain[1].connection = Some(connection(2, "read", "write", ""));
    let Verdict::NeedsApproval { scopes, approvers, .. } = world.ask() else { panic!("not asked") };
    assert_eq!((scopes, approvers), (set("write"), vec![ApproverRule::AgentSponsor.into()]));
    world.grants = vec![approval(1, "write", after(60))];
    assert_eq!(world.ask().word(), "needs_approval", "an approval for another agent of the chain");
    world.grants = vec![approval(2, "write", after(60))];
    assert!(world.ask().is_allow());
}

#[test]
fn a_connection_may_give_what_the_application_withholds_by_default() {
    let mut world = World::allowed();
    world.requested = set("admin");
    world.chain[0].connection = Some(connection(1, "admin", "", ""));
    assert!(world.ask().is_allow());
}

#[test]
fn an_application_for_agents_alone_needs_nobody_and_still_checks_who_is_there() {
    let mut world = World::allowed();
    world.application.dual_subject = DualSubject::AgentOnly;
    assert_eq!(allowed(world.ask()).rule, "two_subjects");
    world.user = None;
    assert_eq!(allowed(world.ask()).rule, "agent_only");
}

#[test]
fn a_chain_of_five_passes() {
    let mut world = World::allowed();
    world.chain = (1..=5).map(link).collect();
    world.source = Some((None, Seconds(60), 4));
    assert!(world.ask().is_allow());
}

#[test]
fn an_agent_may_exchange_a_token_that_names_it_already() {
    let mut world = World::allowed();
    world.source = Some((None, Seconds(60), 1));
    assert!(world.ask().is_allow());
}

#[test]
fn a_person_and_a_tool_have_no_tiers() {
    let world = World { requested: set("admin write"), ..World::allowed().with_tool() };
    assert_eq!(allowed(world.ask_person()).rule, "person");
    assert_eq!(allowed(world.ask_client()).rule, "client");
}

#[test]
fn a_person_has_the_union_of_the_assignments() {
    let world = World::allowed();
    let with = |scopes: Option<&str>| {
        let mut assignment = world.chain[0].assignment.clone().unwrap();
        assignment.scopes = scopes.map(set);
        assignment
    };
    let app = &world.application;
    assert_eq!(human_scopes(app, []), None);
    assert_eq!(human_scopes(app, [&with(Some(""))]), Some(set("")));
    assert_eq!(human_scopes(app, [&with(Some("read")), &with(Some("write"))]), Some(set("read write")));
    assert_eq!(human_scopes(app, [&with(Some("read")), &with(None)]), Some(app.all_scopes()));
    let mut other = with(None);
    other.application = id(2);
    assert_eq!(human_scopes(app, [&other]), None);
}
