//! The engine held to the judge: random worlds, every kind of question.

use std::collections::BTreeSet;
use std::sync::Arc;

use chancery_rebac::engine::{Change, Compiled, Graph, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::{Judge, Reading, UserFilter};
use chancery_rebac::tuple::{Tuple, TupleKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::random::{self, Choices, World};

/// Fixed, so that a run tells of a change and not of luck. `CHANCERY_WORLDS=100` tries so many others.
const SEEDS: u64 = 12;

#[expect(clippy::disallowed_methods, reason = "who looks for rare differences says for how long")]
fn seeds() -> std::ops::Range<u64> {
    let more: Option<u64> = std::env::var("CHANCERY_WORLDS").ok().and_then(|more| more.parse().ok());
    match more {
        Some(more) => 1_000..1_000 + more,
        None => 1..SEEDS + 1,
    }
}

/// An answer, or of which kind the reason is that there is none. Which of several conditions is named is a matter of order.
fn told<T>(answer: Result<T, Unanswered>) -> Result<T, String> {
    answer.map_err(|why| match why {
        Unanswered::Condition { .. } | Unanswered::Parameter { .. } => "condition".to_owned(),
        other => other.to_string(),
    })
}

/// The tuples of a world, some of them written, deleted and written again.
fn graph(world: &World) -> Graph {
    let write = |tuple: &Tuple| Change::Write(tuple.clone(), 1);
    let all: Vec<_> = world.tuples.iter().map(write).collect();
    let some: Vec<_> =
        world.tuples.iter().step_by(3).map(|tuple| Change::Delete(tuple.key.clone())).collect();
    let again: Vec<_> = world.tuples.iter().step_by(3).map(write).collect();
    Graph::default().apply(1, &all).apply(2, &some).apply(3, &again)
}

/// Who passes a check, of all that a list of users could name.
fn granted(judge: &Judge<'_>, object: &str, relation: &str, filter: &UserFilter) -> BTreeSet<String> {
    let suffix = filter.relation.as_ref().map(|relation| format!("#{relation}")).unwrap_or_default();
    let users = random::objects(&filter.type_name).map(|user| user + &suffix);
    let everybody = filter.relation.is_none().then(|| format!("{}:*", filter.type_name));
    let passes = |user: &String| judge.check(&TupleKey::new(object, relation, user)) == Ok(true);
    users.chain(everybody).filter(passes).collect()
}

fn hold(numbers: &[u16]) -> Result<(), TestCaseError> {
    let world = World::grow(numbers);
    let reversed: Vec<u16> = numbers.iter().rev().copied().collect();
    let mut choices = Choices::new(&reversed);
    let World { model, tuples, contextual, context } = &world;
    let judge = Judge { model, tuples, contextual, context };
    let compiled = Compiled::new(Arc::new(model.clone())).expect("the model was validated");
    let (graph, over) = (graph(&world), || false);
    let question = Question { model: &compiled, graph: &graph, contextual, context, over: &over };
    for key in world.checks(&mut choices, 30) {
        prop_assert_eq!(told(question.check(&key)), told(judge.check(&key)), "check {}", key);
    }
    for (type_name, relation, user) in world.object_lists(&mut choices, 8) {
        let found = question.list_objects(&type_name, &relation, &user, 1_000).map(|found| found.objects);
        let found = found.map(|mut objects| {
            objects.sort();
            objects
        });
        let expected = judge.list_objects(&type_name, &relation, &user);
        prop_assert_eq!(told(found), told(expected), "objects {} {} {}", type_name, relation, user);
    }
    for (object, relation, filter) in world.user_lists(&mut choices, 8) {
        let found = question.list_users(&object, &relation, &filter, 1_000);
        let found = found.map(|found| found.users.into_iter().collect::<BTreeSet<_>>());
        // A path that leads back to itself may be a plain "no" here, as in OpenFGA's lists of users.
        let readings = [false, true].map(|cycles_are_no| Reading { cycles_are_no, ..Reading::default() });
        let expected = readings.map(|one| told(judge.list_users_by(&object, &relation, &filter, one)));
        let place = format!("users {object} {relation} {filter:?}");
        match &found {
            Ok(found) => {
                let granted = granted(&judge, &object, &relation, &filter);
                let wildcard = format!("{}:*", filter.type_name);
                let covered = |user: &String| {
                    filter.relation.is_none() && found.contains(&wildcard) && granted.contains(user)
                };
                let listed = |user: &String| found.contains(user) || covered(user);
                prop_assert!(found.is_subset(&granted), "{place}: {found:?}, granted {granted:?}");
                prop_assert!(granted.iter().all(listed), "{place}: {found:?}, granted {granted:?}");
                prop_assert!(expected.iter().any(Result::is_ok), "{place}: {found:?} for {expected:?}");
            }
            Err(_) => {
                prop_assert!(expected.contains(&told(found.clone())), "{place}: {found:?} for {expected:?}")
            }
        }
        prop_assert_eq!(
            question.expand(&object, &relation),
            judge.expand(&object, &relation),
            "expand {} {}",
            object,
            relation
        );
    }
    Ok(())
}

/// The same worlds every time, chosen by a seed. Says what differs in the smallest world that still does.
fn worlds(seed: u64, cases: u32) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    runner.run(&random::choices(), |numbers| hold(&numbers)).map_err(|why| match why {
        TestError::Fail(why, numbers) => {
            format!("seed {seed}: {why}\n{}", World::grow(&numbers).picture())
        }
        TestError::Abort(why) => format!("seed {seed}: {why}"),
    })
}

#[test]
fn the_engine_answers_as_the_judge_does() {
    let differences: Vec<String> = seeds().filter_map(|seed| worlds(seed, 100).err()).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Nobody of the type can be blocked, so it is no matter that who is blocked leads round in a circle.
#[test]
fn a_circle_that_the_model_leads_past_denies_nobody() {
    let cases = crate::cases::read(include_str!("../data/judge/check.txt"));
    let case =
        cases.iter().find(|case| case.name == "a circle that the model leads past").expect("it is there");
    let compiled = Compiled::new(Arc::new(case.model.clone())).expect("the model is valid");
    let changes: Vec<_> = case.tuples.iter().map(|tuple| Change::Write(tuple.clone(), 1)).collect();
    let (graph, over) = (Graph::default().apply(1, &changes), || false);
    let (contextual, context) = (&[], &serde_json::Map::new());
    let question = Question { model: &compiled, graph: &graph, contextual, context, over: &over };
    for relation in ["reader", "editor"] {
        let check = |user: &str| question.check(&TupleKey::new("folder:1", relation, user));
        assert_eq!((check("user:anne"), check("agent:scout")), (Ok(false), Ok(true)), "{relation}");
        let listed = question.list_objects("folder", relation, "agent:scout", 9).expect("answered").objects;
        assert_eq!(listed, ["folder:1"], "{relation}");
        let users = |type_name: &str, relation: &str| {
            let filter = UserFilter { type_name: type_name.to_owned(), relation: None };
            question.list_users("folder:1", relation, &filter, 9).map(|found| found.users)
        };
        assert_eq!(users("agent", relation), Ok(vec!["agent:scout".to_owned()]), "{relation}");
        assert_eq!(users("user", relation), Ok(Vec::new()), "{relation}");
        assert_eq!(users("agent", "late"), Ok(Vec::new()), "its condition stands where no agent can be");
        assert!(users("user", "late").is_err());
    }
    let userset = |user: &str| question.check(&TupleKey::new("folder:2", "reader", user));
    assert_eq!(userset("folder:1#blocked"), Ok(true));
    assert_eq!(userset("folder:1#parent"), Ok(false));
}
