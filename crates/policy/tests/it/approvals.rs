//! What becomes of an approval, whatever is tried in whatever order.

use chancery_kernel::{ScopeSet, Seconds, Timestamp, UserId};
use chancery_model::{Answer, Approval, ApproverRule, Meta, Need, State};
use chancery_policy::approval::{Circle, Met, Refusal, Step, apply, meets};
use proptest::prelude::*;

use crate::world::{NOW, World, home, id};

pub fn asked(needs: Vec<Need>) -> Approval {
    Approval {
        id: id(1),
        org: home(),
        state: State::Pending,
        ticket: "ab".into(),
        user: id(1),
        client: id(1),
        agent: Some(id(1)),
        run: None,
        application: Some(id(1)),
        resource: None,
        secret: None,
        scopes: ScopeSet::empty(),
        identity: ScopeSet::empty(),
        details: Vec::new(),
        sentences: Vec::new(),
        seen: "right".into(),
        needs,
        weights: Vec::new(),
        number: None,
        misses: 0,
        escalated: false,
        reported: false,
        answers: Vec::new(),
        grant: id(1),
        lifetime: None,
        grants_for: None,
        access: None,
        interval: Seconds(5),
        lapses: NOW.plus(Seconds(300)),
        needs_factor: false,
        notify: None,
        closed: None,
        meta: Meta::new(NOW),
    }
}

/// The needs of a question under one rule.
pub fn needs(rule: &ApproverRule) -> Vec<Need> {
    chancery_policy::approval::needs([&rule.clone().into()], &[])
}

fn says(by: u32, allow: bool, seen: &str, meets: Vec<usize>) -> Step {
    Step::Answer(Answer {
        by: id(by),
        allow,
        at: NOW,
        seen: seen.into(),
        meets,
        rights: Vec::new(),
        second: None,
        number: None,
        session: None,
        auth_time: None,
        amr: Vec::new(),
    })
}

fn yes() -> Step {
    says(1, true, "right", vec![0])
}

fn at(second: i64) -> Timestamp {
    NOW.plus(Seconds(second))
}

#[test]
fn a_yes_to_what_was_seen_is_redeemed_once() {
    let asked = asked(needs(&ApproverRule::Person));
    let approved = apply(&asked, yes(), at(1)).unwrap();
    assert_eq!(approved.state, State::Approved);
    let redeemed = apply(&approved, Step::Redeem, at(2)).unwrap();
    assert_eq!(redeemed.state, State::Redeemed);
    assert_eq!(apply(&redeemed, Step::Redeem, at(3)), Err(Refusal::Closed(State::Redeemed)));
}

#[test]
fn an_answer_to_other_sentences_changes_nothing() {
    let asked = asked(needs(&ApproverRule::Person));
    for allow in [true, false] {
        let other = says(1, allow, "wrong", vec![0]);
        assert_eq!(apply(&asked, other, at(1)), Err(Refusal::OtherSentences));
    }
}

#[test]
fn nobody_answers_what_is_not_theirs() {
    let asked = asked(needs(&ApproverRule::Person));
    assert_eq!(apply(&asked, says(9, false, "right", vec![]), at(1)), Err(Refusal::NotYours));
}

#[test]
fn too_late_is_too_late_even_if_nobody_noted_it() {
    let asked = asked(needs(&ApproverRule::Person));
    assert_eq!(apply(&asked, Step::Lapse, at(299)), Err(Refusal::NotYet));
    assert_eq!(apply(&asked, yes(), at(300)), Err(Refusal::Closed(State::Expired)));
    let approved = apply(&asked, yes(), at(299)).unwrap();
    assert_eq!(apply(&approved, Step::Redeem, at(300)), Err(Refusal::Closed(State::Expired)));
    assert_eq!(apply(&approved, Step::Lapse, at(300)).unwrap().state, State::Expired);
}

#[test]
fn a_rule_comes_on_top_of_the_person_concerned() {
    let asked = asked(needs(&ApproverRule::AgentSponsor));
    let half = apply(&asked, yes(), at(1)).unwrap();
    assert_eq!(half.state, State::Pending);
    assert_eq!(apply(&half, yes(), at(2)), Err(Refusal::Answered));
    assert_eq!(apply(&half, says(2, true, "right", vec![1]), at(2)).unwrap().state, State::Approved);
    assert_eq!(apply(&half, says(2, false, "right", vec![1]), at(2)).unwrap().state, State::Denied);
}

#[test]
fn the_directory_says_whose_question_it_is() {
    let world = World::allowed();
    let (agent, user) = (&world.chain[0].agent, world.user.clone().unwrap());
    let question = |rule: &ApproverRule| Approval { user: user.id, ..asked(needs(rule)) };
    let of = |approval: &Approval, who: u32, member: bool| {
        let user = chancery_model::User { id: id(who), ..user.clone() };
        let circle = Circle {
            agent: Some(agent),
            application: Some(&world.application),
            concerned: None,
            is_member: &|_, _| member,
        };
        let met = meets(approval, &circle, &user, std::iter::empty(), NOW);
        met.into_iter().map(|Met { need, .. }| need).collect::<Vec<_>>()
    };
    let stranger = 77;
    let own = 7;
    assert_eq!(user.id, id::<UserId>(own));
    assert_eq!(of(&question(&ApproverRule::Person), own, false), [0]);
    assert!(of(&question(&ApproverRule::Person), stranger, true).is_empty());
    let group = ApproverRule::Group { group: id(5) };
    assert_eq!(of(&question(&group), stranger, true), [1]);
    assert!(of(&question(&group), stranger, false).is_empty());
    let foreign = Approval { org: crate::world::elsewhere(), ..question(&ApproverRule::Person) };
    assert!(of(&foreign, own, true).is_empty(), "nothing crosses the wall");
    let gone = chancery_model::User { status: chancery_model::UserStatus::Disabled, ..user.clone() };
    let circle = Circle { agent: None, application: None, concerned: None, is_member: &|_, _| true };
    let met = meets(&question(&ApproverRule::Person), &circle, &gone, std::iter::empty(), NOW);
    assert!(met.is_empty(), "who has left answers nothing");
}

/// One try of anything.
fn any_step() -> impl Strategy<Value = (Step, i64)> {
    let answer = (1..4u32, any::<bool>(), any::<bool>(), proptest::collection::vec(0..2usize, 0..3));
    let answer = answer
        .prop_map(|(by, allow, right, meets)| says(by, allow, if right { "right" } else { "wrong" }, meets));
    let step = prop_oneof![
        4 => answer,
        2 => Just(Step::Redeem),
        1 => Just(Step::Lapse),
        1 => Just(Step::Cancel { why: "contained".into() }),
    ];
    (step, 0..40i64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Time only goes on; whatever happens, what came out keeps its promises.
    #[test]
    fn never_a_token_after_a_no(two in any::<bool>(), steps in proptest::collection::vec(any_step(), 0..24)) {
        let rule = if two { ApproverRule::AgentOwner } else { ApproverRule::Person };
        let mut now = 0;
        let mut present = asked(needs(&rule));
        let (mut redeemed, mut ended) = (0, false);
        for (step, later) in steps {
            now += later;
            let before = present.clone();
            match apply(&before, step.clone(), at(now)) {
                Err(_) => {}
                Ok(next) => {
                    prop_assert!(!ended, "{step:?} changed what had ended as {:?}", before.state);
                    prop_assert!(before.state == next.state || before.state.may_become(next.state));
                    prop_assert_eq!(next.closed.is_some(), !next.state.is_live());
                    if next.state == State::Redeemed {
                        redeemed += 1;
                        prop_assert!(now < 300, "redeemed after its time");
                        prop_assert!(next.answers.iter().all(|a| a.allow), "a no among the answers");
                        let met = |n: usize| next.approved_by().any(|a| a.meets.contains(&n));
                        prop_assert!((0..next.needs.len()).all(met), "somebody was not asked");
                    }
                    prop_assert!(next.answers.iter().all(|a| a.seen == "right"));
                    ended = !next.state.is_live();
                    present = next;
                }
            }
        }
        prop_assert!(redeemed <= 1);
    }
}
