//! Who may answer: tables of rules, people and moments, and what it takes for a yes of weight.

use chancery_kernel::{GroupId, Seconds, Timestamp, UserId};
use chancery_model::{
    Agent, Amount, Answer, Approval, ApproverRule, Approvers, Away, Count, Escalation, FourEyes, Need, State,
    Task, User, Weight,
};
use chancery_policy::approval::{Circle, Refusal, Step, apply, is_answerable, meets, needs, weights, words};

use crate::approvals::asked;
use crate::world::{NOW, World, application, id};

const PERSON: u32 = 1;
const MANAGER: u32 = 2;
const OWNER: u32 = 3;
const SPONSOR: u32 = 4;
const MEMBER: u32 = 5;
const OTHER: u32 = 6;
const STRANGER: u32 = 9;

fn at(second: i64) -> Timestamp {
    NOW.plus(Seconds(second))
}

fn finance() -> ApproverRule {
    ApproverRule::Group { group: id(1) }
}

fn member(_: GroupId, user: UserId) -> bool {
    [id(MEMBER), id(OTHER), id(PERSON), id(OWNER)].contains(&user)
}

fn user(n: u32) -> User {
    let manager = (n == PERSON).then(|| id(MANAGER));
    User { id: id(n), manager, ..World::allowed().user.unwrap() }
}

fn agent() -> Agent {
    let agent = Agent::clone(&World::allowed().chain[0].agent);
    Agent { owners: vec![id(OWNER)], sponsor: Some(id(SPONSOR)), ..agent }
}

/// A question under this need alone, about what the person concerned asks.
fn question(need: Need) -> Approval {
    Approval { user: id(PERSON), ..asked(vec![need]) }
}

/// Whose right the answer of this person is, now or later.
fn right(asked: &Approval, who: &User, others: &[User], now: Timestamp) -> Option<UserId> {
    let (agent, concerned, app) = (agent(), user(PERSON), application());
    let circle = Circle {
        agent: Some(&agent),
        application: Some(&app),
        concerned: Some(&concerned),
        is_member: &member,
    };
    meets(asked, &circle, who, others.iter(), now).first().map(|met| met.right)
}

fn may(asked: &Approval, who: u32) -> bool {
    right(asked, &user(who), &[], NOW).is_some()
}

#[test]
fn each_kind_of_approver_is_who_it_says() {
    for (who, people) in [
        (ApproverRule::Person, &[PERSON][..]),
        (ApproverRule::Manager, &[MANAGER]),
        (ApproverRule::AgentOwner, &[OWNER]),
        (ApproverRule::AgentSponsor, &[SPONSOR]),
        (finance(), &[MEMBER, OTHER, PERSON, OWNER]),
    ] {
        let asked = question(who.clone().into());
        for n in [PERSON, MANAGER, OWNER, SPONSOR, MEMBER, OTHER, STRANGER] {
            assert_eq!(may(&asked, n), people.contains(&n), "{who:?}: {n}");
        }
    }
}

#[test]
fn four_eyes_bar_the_requester_and_where_the_rule_says_so_who_answers_for_the_agent() {
    let of = |four_eyes| question(Need { who: finance(), four_eyes, ..Need::default() });
    for (four_eyes, person, owner, member) in [
        (FourEyes::Off, true, true, true),
        (FourEyes::NotRequester, false, true, true),
        (FourEyes::NotOwner, false, false, true),
    ] {
        let asked = of(four_eyes);
        let found = (may(&asked, PERSON), may(&asked, OWNER), may(&asked, MEMBER));
        assert_eq!(found, (person, owner, member), "{four_eyes:?}");
    }
    // Also not by standing in for a member, nor a member by having the requester stand in.
    let away = |n: u32, stand_in: u32| User {
        away: Some(Away { stand_in: id(stand_in), from: at(-10), until: at(10) }),
        ..user(n)
    };
    let asked = of(FourEyes::NotOwner);
    assert_eq!(right(&asked, &user(PERSON), &[away(MEMBER, PERSON)], NOW), None);
    assert_eq!(right(&asked, &user(STRANGER), &[away(OWNER, STRANGER)], NOW), None);
    assert_eq!(right(&asked, &user(STRANGER), &[away(MEMBER, STRANGER)], NOW), Some(id(MEMBER)));
}

#[test]
fn a_stand_in_answers_from_the_beginning_to_the_end_and_hands_on_nothing() {
    let asked = question(ApproverRule::Manager.into());
    let away = |n: u32, stand_in: u32| User {
        away: Some(Away { stand_in: id(stand_in), from: at(0), until: at(100) }),
        ..user(n)
    };
    let boss = away(MANAGER, STRANGER);
    for (second, wanted) in [(-1, None), (0, Some(id(MANAGER))), (99, Some(id(MANAGER))), (100, None)] {
        assert_eq!(
            right(&asked, &user(STRANGER), std::slice::from_ref(&boss), at(second)),
            wanted,
            "{second}"
        );
    }
    assert_eq!(right(&asked, &user(OTHER), std::slice::from_ref(&boss), at(1)), None, "another was named");
    let chain = [boss.clone(), away(STRANGER, OTHER)];
    assert_eq!(right(&asked, &user(OTHER), &chain, at(1)), None, "nobody hands on what they were handed");
    assert_eq!(right(&asked, &boss, &[], at(1)), Some(id(MANAGER)), "who is away may answer all the same");
    let profile = Approval { application: None, ..asked.clone() };
    assert_eq!(
        right(&profile, &user(STRANGER), std::slice::from_ref(&boss), at(1)),
        None,
        "nobody signs in for another"
    );
    let gone = User { status: chancery_model::UserStatus::Disabled, ..boss };
    assert_eq!(right(&asked, &user(STRANGER), &[gone], at(1)), None, "who has left is not stood in for");
}

#[test]
fn a_question_is_handed_on_after_a_while_and_not_before() {
    let escalation = Some(Escalation { after: Seconds(60), to: ApproverRule::AgentOwner });
    let asked = question(Need { who: ApproverRule::Manager, escalation, ..Need::default() });
    for (second, wanted) in [(0, None), (59, None), (60, Some(id(OWNER))), (299, Some(id(OWNER)))] {
        assert_eq!(right(&asked, &user(OWNER), &[], at(second)), wanted, "{second}");
        assert_eq!(right(&asked, &user(MANAGER), &[], at(second)), Some(id(MANAGER)), "{second}");
        assert_eq!(right(&asked, &user(STRANGER), &[], at(second)), None);
    }
}

fn task(currency: &str, value: &str) -> Task {
    Task {
        task: "pay".into(),
        system: "bank".into(),
        data: "accounts".into(),
        access: chancery_model::Action::Change,
        impact: "money".into(),
        duration: Seconds(60),
        amount: Some(Amount { currency: currency.into(), value: value.into() }),
        recipients: Vec::new(),
        weights: Vec::new(),
    }
}

#[test]
fn a_threshold_asks_for_more_where_more_is_asked_for_or_nobody_said_how_much() {
    let above = Some(Amount { currency: "EUR".into(), value: "100000".into() });
    let rule = Approvers(vec![Need { who: finance(), above, ..Need::default() }]);
    let silent = Task { amount: None, ..task("EUR", "1") };
    for (tasks, more) in [
        (vec![task("EUR", "99999.9999")], false),
        (vec![task("EUR", "100000")], false),
        (vec![task("EUR", "100000.00")], false),
        (vec![task("EUR", "100000.0001")], true),
        (vec![task("EUR", "999999999999999.9999")], true),
        // In parts.
        (vec![task("EUR", "60000"), task("EUR", "40000")], false),
        (vec![task("EUR", "60000"), task("EUR", "40001")], true),
        // In another currency, or unsaid, also beside a small one.
        (vec![task("USD", "1")], true),
        (vec![task("EUR", "1"), task("USD", "1")], true),
        (vec![task("EUR", "1"), silent.clone()], true),
        (vec![silent], true),
        (vec![], true),
    ] {
        assert_eq!(needs([&rule], &tasks).len(), if more { 2 } else { 1 }, "{tasks:?}");
    }
}

#[test]
fn rules_of_connection_and_scopes_add_up_and_the_person_concerned_stays() {
    let two = Approvers(vec![ApproverRule::Person.into(), finance().into()]);
    let all = needs([&ApproverRule::AgentOwner.into(), &two, &two], &[]);
    let kinds: Vec<ApproverRule> = all.into_iter().map(|need| need.who).collect();
    assert_eq!(kinds, [ApproverRule::Person, ApproverRule::AgentOwner, finance()]);
}

fn says(by: u32, rights: &[u32], meets: &[usize]) -> Answer {
    Answer {
        by: id(by),
        allow: true,
        at: NOW,
        seen: "right".into(),
        meets: meets.to_vec(),
        rights: rights.iter().map(|n| id(*n)).collect(),
        second: None,
        number: None,
        session: None,
        auth_time: None,
        amr: Vec::new(),
    }
}

fn answered(asked: &Approval, answers: &[Answer]) -> State {
    let mut present = asked.clone();
    for answer in answers {
        present = apply(&present, Step::Answer(answer.clone()), at(1)).unwrap();
    }
    present.state
}

#[test]
fn two_of_several_are_two_people_by_the_word_of_two() {
    let asked = question(Need { who: finance(), count: Count(2), ..Need::default() });
    let (one, other) = (says(MEMBER, &[], &[0]), says(OTHER, &[], &[0]));
    assert_eq!(answered(&asked, std::slice::from_ref(&one)), State::Pending);
    assert_eq!(answered(&asked, &[one.clone(), other.clone()]), State::Approved);
    let again =
        apply(&apply(&asked, Step::Answer(one.clone()), at(1)).unwrap(), Step::Answer(one.clone()), at(2));
    assert_eq!(again, Err(Refusal::Answered));
    // A stand-in and the person they stood in for are one word.
    let stood_in = says(STRANGER, &[MEMBER], &[0]);
    assert_eq!(answered(&asked, &[stood_in.clone(), one]), State::Pending);
    assert_eq!(answered(&asked, &[stood_in, other]), State::Approved);
}

#[test]
fn a_question_that_nobody_could_answer_is_not_put() {
    let (agent, concerned, app) = (agent(), user(PERSON), application());
    let circle = Circle {
        agent: Some(&agent),
        application: Some(&app),
        concerned: Some(&concerned),
        is_member: &member,
    };
    let everybody = |_: GroupId| vec![id(MEMBER), id(OTHER), id(PERSON), id(OWNER)];
    let need = |count, four_eyes| {
        question(Need { who: finance(), count: Count(count), four_eyes, ..Need::default() })
    };
    let answerable = |asked: &Approval, gone: &[u32]| {
        let active = |user: UserId| gone.iter().all(|n| id::<UserId>(*n) != user);
        is_answerable(asked, &circle, &everybody, &active)
    };
    for (count, four_eyes, gone, wanted) in [
        (4, FourEyes::Off, &[][..], true),
        (5, FourEyes::Off, &[], false),
        (4, FourEyes::NotRequester, &[], false),
        (2, FourEyes::NotOwner, &[], true),
        (2, FourEyes::NotOwner, &[MEMBER], false),
        (0, FourEyes::Off, &[MEMBER, OTHER, PERSON, OWNER], false),
    ] {
        assert_eq!(
            answerable(&need(count, four_eyes), gone),
            wanted,
            "{count} {four_eyes:?} without {gone:?}"
        );
    }
    let escalation = Some(Escalation { after: Seconds(60), to: ApproverRule::AgentSponsor });
    let later = question(Need { who: ApproverRule::ApplicationOwner, escalation, ..Need::default() });
    assert!(answerable(&later, &[]), "somebody may answer later");
    assert!(!answerable(&question(ApproverRule::ApplicationOwner.into()), &[]));
}

#[test]
fn a_yes_of_weight_takes_a_fresh_second_factor_and_the_number_and_a_no_takes_neither() {
    let asked = Approval {
        weights: vec![Weight::Payment],
        number: Some("42".into()),
        ..question(ApproverRule::Person.into())
    };
    let yes = |second: Option<i64>, number: Option<&str>| {
        let second = second.map(at);
        Step::Answer(Answer { second, number: number.map(str::to_owned), ..says(PERSON, &[], &[0]) })
    };
    for (second, number, wanted) in [
        (Some(0), Some("42"), Ok(State::Approved)),
        (Some(-299), Some("42"), Ok(State::Approved)),
        (Some(-300), Some("42"), Err(Refusal::SecondFactor)),
        (None, Some("42"), Err(Refusal::SecondFactor)),
        // Who has not proven it may not guess either.
        (None, Some("41"), Err(Refusal::SecondFactor)),
        (Some(0), Some("41"), Err(Refusal::WrongNumber)),
        (Some(0), Some(""), Err(Refusal::WrongNumber)),
        (Some(0), None, Err(Refusal::WrongNumber)),
    ] {
        assert_eq!(
            apply(&asked, yes(second, number), at(1)).map(|a| a.state),
            wanted,
            "{second:?} {number:?}"
        );
    }
    let no = Answer { allow: false, ..says(PERSON, &[], &[0]) };
    assert_eq!(apply(&asked, Step::Answer(no), at(1)).unwrap().state, State::Denied);
}

#[test]
fn the_third_wrong_number_takes_the_question_back() {
    let mut asked = Approval { number: Some("42".into()), ..question(ApproverRule::Person.into()) };
    for wanted in [State::Pending, State::Pending, State::Canceled] {
        asked = apply(&asked, Step::Miss, at(1)).unwrap();
        assert_eq!(asked.state, wanted);
    }
    assert_eq!(apply(&asked, Step::Miss, at(1)), Err(Refusal::Closed(State::Canceled)));
}

#[test]
fn an_agents_word_adds_weight_and_takes_none_away() {
    let mut app = application();
    app.scopes[0].weight = Some(Weight::Export);
    let scopes = app.all_scopes();
    let said = Task { weights: vec![Weight::Payment, Weight::Export], ..task("EUR", "1") };
    assert_eq!(weights(Some(&app), &scopes, &[]), [Weight::Export]);
    assert_eq!(weights(Some(&app), &scopes, std::slice::from_ref(&said)), [Weight::Payment, Weight::Export]);
    assert_eq!(weights(None, &scopes, &[said]), [Weight::Payment, Weight::Export]);
    assert!(weights(Some(&app), &chancery_kernel::ScopeSet::empty(), &[]).is_empty());
}

#[test]
fn a_rule_reads_as_a_sentence() {
    let need = Need {
        who: finance(),
        count: Count(2),
        four_eyes: FourEyes::NotRequester,
        above: Some(Amount { currency: "EUR".into(), value: "100000".into() }),
        escalation: Some(Escalation { after: Seconds(60), to: ApproverRule::Manager }),
    };
    assert_eq!(
        words(&need, &|_| "finance".into()),
        "2 of: the group finance, not the person concerned, above EUR 100,000; after 60 seconds also the manager of the \
         person concerned"
    );
}
