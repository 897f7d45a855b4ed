//! Story 1: four lines, two applications.

use chancery_policy::Verdict;

use crate::world::{World, codes, id};

fn check(agent_assigned: bool, human_assigned: bool, expected: &[&str]) {
    for application in [1, 2] {
        let mut world = World::allowed();
        world.application.id = id(application);
        let assignment = world.chain[0].assignment.take().map(|mut a| {
            a.application = id(application);
            a
        });
        world.chain[0].assignment = assignment.filter(|_| agent_assigned);
        world.human_scopes = world.human_scopes.filter(|_| human_assigned);
        let verdict = world.ask();
        assert_eq!(codes(&verdict), expected, "agent {agent_assigned}, human {human_assigned}");
        assert_eq!(verdict.is_allow(), agent_assigned && human_assigned);
    }
}

#[test]
fn allowed_only_when_both_subjects_are_assigned() {
    check(true, true, &[]);
    check(false, true, &["agent_not_assigned"]);
    check(true, false, &["human_not_assigned"]);
    check(false, false, &["agent_not_assigned", "human_not_assigned"]);
}

#[test]
fn an_assignment_to_another_application_is_none() {
    let mut world = World::allowed();
    world.application.id = id(2);
    assert_eq!(codes(&world.ask()), ["agent_not_assigned"]);
}

#[test]
fn the_allowance_carries_what_was_asked_for() {
    let Verdict::Allow(bounds) = World::allowed().ask() else { panic!("denied") };
    assert_eq!(
        (bounds.scopes.to_string().as_str(), bounds.lifetime.0, bounds.rule),
        ("read", 300, "two_subjects")
    );
}
