//! Assignments for a while: they count like those for good, for whom they name, for so long, and no further.

use chancery_kernel::Seconds;
use chancery_model::{DualSubject, Grant, Origin, Principal};
use chancery_policy::{Bounds, Verdict};

use crate::world::{World, after, approval, codes, id, link, set};

/// What is different, and in which way.
type Change = (&'static str, fn(&mut Grant));

/// For the person 7; of the agent, or of the person where none is named.
fn lent(agent: Option<u32>, scopes: &str, until: i64) -> Grant {
    let agent_id = agent.map(id);
    Grant {
        origin: Origin::Assignment,
        agent: agent_id,
        ..approval(agent.unwrap_or(5), scopes, after(until))
    }
}

fn unassigned() -> World {
    let mut world = World::allowed();
    world.chain[0].assignment = None;
    world
}

fn bounds(world: &World) -> Bounds {
    match world.ask() {
        Verdict::Allow(bounds) => bounds,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_agent_assigned_for_a_while_may_act_and_no_token_outlives_that() {
    let mut world = unassigned();
    world.grants = vec![lent(Some(1), "read", 40)];
    let bounds = bounds(&world);
    assert_eq!((bounds.lifetime, bounds.grants.as_slice()), (Seconds(40), &[world.grants[0].id][..]));
    world.requested = set("report");
    assert_eq!(codes(&world.ask()), ["agent_scope_not_assigned"], "and for nothing else");
}

#[test]
fn nobody_else_nothing_else_and_no_other_time() {
    let changes: [Change; 8] = [
        ("another agent's", |g| g.agent = Some(id(2))),
        ("the person's own", |g| g.agent = None),
        ("for another person", |g| g.user = id(8)),
        ("at another application", |g| g.application = Some(id(2))),
        ("of another organization", |g| g.org = id(2)),
        ("over", |g| g.until = after(0)),
        ("not begun", |g| g.from = after(1)),
        ("a consent", |g| g.origin = Origin::Consent),
    ];
    for (what, change) in changes {
        let mut world = unassigned();
        let mut grant = lent(Some(1), "read", 40);
        change(&mut grant);
        world.grants = vec![grant];
        assert_eq!(codes(&world.ask()), ["agent_not_assigned"], "{what}");
    }
}

#[test]
fn it_begins_to_the_second() {
    let mut world = unassigned();
    let grant = Grant { from: after(0), ..lent(Some(1), "read", 1) };
    world.grants = vec![grant];
    assert_eq!(bounds(&world).lifetime, Seconds(1));
}

#[test]
fn a_person_assigned_for_a_while_may_act_with_an_agent_and_without_one() {
    let mut world = World::allowed();
    world.human_scopes = None;
    assert_eq!(codes(&world.ask()), ["human_not_assigned"]);
    world.grants = vec![lent(None, "read", 30)];
    assert_eq!(bounds(&world).lifetime, Seconds(30));
    world.requested = set("report");
    assert_eq!(codes(&world.ask()), ["human_scope_not_assigned"]);
    world.requested = set("read");
    world.chain[0].client.agent = None;
    let Verdict::Allow(alone) = world.ask_person() else { panic!("denied") };
    assert_eq!((alone.lifetime, alone.grants), (Seconds(30), vec![world.grants[0].id]));
}

#[test]
fn what_is_assigned_for_good_is_not_bounded_and_not_narrowed_by_what_is_lent_beside_it() {
    let mut world = World::allowed();
    world.chain[0].assignment.as_mut().unwrap().scopes = Some(set("read"));
    world.grants = vec![lent(Some(1), "read report", 40)];
    let for_good = bounds(&world);
    assert_eq!((for_good.lifetime, for_good.grants), (Seconds(300), Vec::new()));
    world.requested = set("read report");
    assert_eq!(bounds(&world).lifetime, Seconds(40));
}

#[test]
fn a_tier_stays_what_it_is() {
    let mut world = unassigned();
    world.requested = set("write");
    world.grants = vec![lent(Some(1), "write admin", 40)];
    assert_eq!(codes(&world.ask()), ["approval_required"]);
    world.requested = set("admin");
    assert_eq!(codes(&world.ask()), ["scope_never"]);
}

#[test]
fn an_agent_that_acts_for_nobody_is_assigned_at_the_word_of_its_sponsor() {
    let mut world = unassigned();
    world.user = None;
    world.application.dual_subject = DualSubject::AgentOnly;
    world.grants = vec![lent(Some(1), "read", 40)];
    assert_eq!(codes(&world.ask()), ["agent_not_assigned"], "not at that of anybody else");
    world.grants[0].user = world.chain[0].agent.sponsor.unwrap();
    assert_eq!(bounds(&world).lifetime, Seconds(40));
}

#[test]
fn every_agent_of_a_chain_needs_its_own() {
    let mut world = unassigned();
    world.chain.push(link(2));
    world.chain[1].assignment = None;
    world.grants = vec![lent(Some(1), "read", 40)];
    assert_eq!(codes(&world.ask()), ["agent_not_assigned"]);
    world.grants.push(lent(Some(2), "read", 20));
    assert_eq!(bounds(&world).lifetime, Seconds(20), "the least of all");
}

#[test]
fn an_assignment_of_somebody_else_passed_by_mistake_gives_nothing_beside_it() {
    let mut world = World::allowed();
    world.chain[0].assignment.as_mut().unwrap().principal = Principal::Agent(id(2));
    world.grants = vec![lent(Some(1), "read", 40)];
    world.requested = set("report");
    assert_eq!(codes(&world.ask()), ["agent_scope_not_assigned"]);
    world.requested = set("read");
    assert_eq!(bounds(&world).lifetime, Seconds(40));
}
