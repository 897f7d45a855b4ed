//! Random worlds: what is derived never reaches further than its source, and a naive judge agrees.

use chancery_kernel::{ScopeSet, Seconds};
use chancery_model::{ConsentRule, DualSubject, Origin, Principal, Stage, Tier, UserStatus};
use chancery_policy::{Proof, Verdict};
use proptest::prelude::*;

use crate::world::{
    Link, NOW, World, after, approval, connection, containment, elsewhere, id, link, set, user,
};

/// Turns bytes into choices; most of them the ordinary one, so that allowed worlds are common.
struct Dice<'b>(std::slice::Iter<'b, u8>);

impl Dice<'_> {
    fn odd(&mut self) -> bool {
        self.0.next().is_some_and(|b| *b >= 245)
    }
    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let n = self.0.next().map_or(0, |b| usize::from(*b));
        from[n % from.len()].clone()
    }
    fn scopes(&mut self) -> ScopeSet {
        set(self.pick(&[
            "read",
            "read report",
            "read write",
            "write",
            "",
            "admin",
            "read report write admin",
        ]))
    }
}

fn random_link(dice: &mut Dice<'_>, n: u32) -> Link {
    let mut link = link(if dice.odd() { 1 } else { n });
    if dice.odd() {
        link.agent.stage = dice.pick(&[Stage::Staged, Stage::Suspended, Stage::Retired]);
    }
    if dice.odd() {
        link.agent.contained = containment();
    }
    if dice.odd() {
        link.client.enabled = false;
    }
    if dice.odd() {
        link.client.agent = None;
    }
    if dice.odd() {
        link.agent.org = elsewhere();
    }
    link.agent.expires = dice.pick(&[None, None, after(0), after(1), after(100)]);
    if let Some(assignment) = &mut link.assignment {
        assignment.scopes =
            dice.pick(&[None, None, Some(set("read write")), Some(set("read report write admin"))]);
    }
    if dice.odd() {
        link.assignment = None;
    }
    if dice.pick(&[true, false]) {
        let all = ["", "read", "write", "report admin"];
        let mut connection = connection(n, dice.pick(&all), dice.pick(&all), dice.pick(&["", "", "admin"]));
        connection.longest_lifetime = dice.pick(&[None, Some(Seconds(50))]);
        connection.ends = dice.pick(&[None, None, after(70), after(-1)]);
        link.connection = Some(connection);
    }
    link
}

fn random_world(bytes: &[u8]) -> World {
    let mut dice = Dice(bytes.iter());
    let mut world = World::allowed();
    let depth = dice.pick(&[1u32, 1, 1, 2, 2, 3, 5, 6]);
    world.chain = (1..=depth).map(|n| random_link(&mut dice, n)).collect();
    world.requested = dice.scopes();
    world.application.dual_subject = dice.pick(&[DualSubject::Required, DualSubject::AgentOnly]);
    world.application.consent =
        dice.pick(&[ConsentRule::Organization, ConsentRule::Organization, ConsentRule::Person]);
    world.application.enabled = !dice.odd();
    world.application.token_lifetime = dice.pick(&[Seconds(300), Seconds(1_000)]);
    world.user = dice.pick(&[Some(user()), Some(user()), None]);
    if let Some(user) = &mut world.user
        && dice.odd()
    {
        user.status = UserStatus::Disabled;
    }
    world.human_scopes = dice.pick(&[Some(set("read report write admin")), Some(set("read write")), None]);
    if dice.odd() {
        world.proof = Proof::Claimed;
    }
    world.consented = dice.pick(&[None, Some(set("read")), Some(set("read report write"))]);
    let remaining = dice.pick(&[Seconds(1_000), Seconds(90), Seconds(1), Seconds(0)]);
    let same_audience = dice.pick(&[None, None, Some(set("read report write"))]);
    world.source = dice.pick(&[None, Some((same_audience, remaining, depth as usize - 1))]);
    world.grants = (1..=depth)
        .map(|n| approval(n, dice.pick(&["write", "read write"]), dice.pick(&[None, after(40), after(0)])))
        .collect();
    world.wanted = dice.pick(&[None, None, Some(Seconds(20))]);
    world
}

/// The rule of two subjects once more, written as slowly and plainly as possible.
fn naive(world: &World, scope: &str) -> bool {
    let app = &world.application;
    let Some(rule) = app.rule(scope) else { return false };
    let human_fine = match &world.user {
        None => app.dual_subject == DualSubject::AgentOnly,
        Some(user) => {
            world.proof != Proof::Claimed
                && user.org == world.org
                && user.status == UserStatus::Active
                && world.human_scopes.as_ref().is_some_and(|s| s.contains(scope))
                && (app.consent == ConsentRule::Organization
                    || world.consented.as_ref().is_some_and(|c| c.contains(scope)))
        }
    };
    let actor_fine = |link: &Link| {
        let tier = link.connection.as_ref().and_then(|c| c.tier(scope)).unwrap_or(rule.tier);
        let approved = || {
            world.user.as_ref().is_some_and(|user| {
                world.grants.iter().any(|g| {
                    g.origin == Origin::Approval
                        && (g.user, g.agent) == (user.id, Some(link.agent.id))
                        && g.scopes.contains(scope)
                        && g.in_force(NOW)
                })
            })
        };
        link.agent.org == world.org
            && link.agent.is_live(NOW)
            && link.client.enabled
            && link.client.agent == Some(link.agent.id)
            && link.connection.as_ref().is_none_or(|c| c.in_force(NOW) && c.agent == link.agent.id)
            && link.assignment.as_ref().is_some_and(|a| {
                a.principal == Principal::Agent(link.agent.id)
                    && a.scopes.as_ref().is_none_or(|s| s.contains(scope))
            })
            && (tier == Tier::Auto || (tier == Tier::Approval && approved()))
    };
    let distinct = |i: usize| world.chain.iter().skip(i + 1).all(|l| l.agent.id != world.chain[i].agent.id);
    app.enabled
        && (1..=5).contains(&world.chain.len())
        && (0..world.chain.len()).all(distinct)
        && world.chain.iter().all(actor_fine)
        && human_fine
        && world
            .source
            .as_ref()
            .is_none_or(|(scopes, left, _)| left.0 > 0 && scopes.as_ref().is_none_or(|s| s.contains(scope)))
}

fn names(world: &World) -> ScopeSet {
    match world.requested.is_empty() {
        true => world.application.all_scopes(),
        false => world.requested.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_derived_never_reaches_further_than_its_source(bytes in prop::collection::vec(any::<u8>(), 160)) {
        let world = random_world(&bytes);
        if let Verdict::Allow(bounds) = world.ask() {
            prop_assert!(!bounds.scopes.is_empty() && bounds.scopes.is_subset(&names(&world)));
            prop_assert!(bounds.lifetime.0 >= 1 && bounds.lifetime.0 <= 900);
            prop_assert!(bounds.lifetime <= world.application.token_lifetime);
            if let Some((scopes, left, _)) = &world.source {
                prop_assert!(bounds.lifetime <= *left);
                prop_assert!(scopes.as_ref().is_none_or(|s| bounds.scopes.is_subset(s)));
            }
            prop_assert!(world.wanted.is_none_or(|wanted| bounds.lifetime <= wanted));
            for link in &world.chain {
                prop_assert!(link.agent.is_live(NOW.plus(Seconds(bounds.lifetime.0 - 1))));
                let ends = link.connection.as_ref().and_then(|c| c.ends);
                prop_assert!(ends.is_none_or(|end| NOW.plus(bounds.lifetime) <= end));
            }
            for grant in bounds.grants.iter().filter_map(|id| world.grants.iter().find(|g| g.id == *id)) {
                prop_assert!(grant.until.is_none_or(|end| NOW.plus(bounds.lifetime) <= end));
            }
        }
    }

    #[test]
    fn a_naive_judge_agrees(bytes in prop::collection::vec(any::<u8>(), 160)) {
        let world = random_world(&bytes);
        let fine: ScopeSet = names(&world).iter().filter(|s| naive(&world, s.as_str())).cloned().collect();
        match world.ask() {
            Verdict::Allow(bounds) => prop_assert_eq!(bounds.scopes, fine),
            refused => {
                let complete = !world.requested.is_empty() && fine == world.requested;
                let some = world.requested.is_empty() && !fine.is_empty();
                prop_assert!(!complete && !some, "{:?}", refused);
                prop_assert!(!refused.reasons().is_empty());
            }
        }
    }

    #[test]
    fn the_same_facts_give_the_same_verdict(bytes in prop::collection::vec(any::<u8>(), 160)) {
        let world = random_world(&bytes);
        prop_assert_eq!(world.ask(), world.ask());
    }
}

#[test]
fn random_worlds_are_often_allowed_and_often_not() {
    let mut allowed = 0;
    for seed in 0..2_000u32 {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as u8
        })
        .take(160)
        .collect();
        allowed += usize::from(random_world(&bytes).ask().is_allow());
    }
    assert!((60..1_900).contains(&allowed), "{allowed} of 2000 allowed");
    assert_eq!(id::<chancery_kernel::OrgId>(2), elsewhere());
}
