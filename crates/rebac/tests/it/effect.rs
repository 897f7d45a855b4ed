//! What a change is said to do, held to the judge: it asks everybody about everything, before and after.

use std::collections::BTreeSet;
use std::sync::Arc;

use chancery_rebac::effect::{Change as Effects, Whom};
use chancery_rebac::engine::{Change, Compiled, Graph, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::Judge;
use chancery_rebac::tuple::{Tuple, TupleKey};
use proptest::prelude::*;

use crate::random::{self, Choices, World, objects};

type Answer = Option<bool>;

/// None twice where the judge gives up, so that nothing is expected.
fn judged(judge: [&Judge<'_>; 2], key: &TupleKey) -> Option<(Answer, Answer)> {
    let [before, after] = judge.map(|one| one.check(key));
    let given_up = |one: &Result<bool, Unanswered>| *one == Err(Unanswered::TooComplex);
    (!given_up(&before) && !given_up(&after)).then(|| (before.ok(), after.ok()))
}

/// How many answers changed.
fn play(numbers: &[u16]) -> usize {
    let World { model, tuples, context, .. } = &World::grow(numbers);
    let reversed: Vec<u16> = numbers.iter().rev().copied().collect();
    let mut choices = Choices::new(&reversed);
    if tuples.is_empty() {
        return 0;
    }
    let compiled = Compiled::new(Arc::new(model.clone())).expect("the model is a good one");
    let changes: Vec<_> = tuples.iter().map(|tuple| Change::Write(tuple.clone(), 1)).collect();
    let full = Graph::default().apply(1, &changes);
    let mut changed = 0;
    for comes in [true, false] {
        let mut moved: Vec<Tuple> = Vec::new();
        for _ in 0..*choices.of(&[1, 1, 2, 3]) {
            let tuple = choices.of(tuples);
            if moved.iter().all(|one| one.key != tuple.key) {
                moved.push(tuple.clone());
            }
        }
        let moves = |one: &Tuple| moved.iter().any(|tuple| tuple.key == one.key);
        let rest: Vec<Tuple> = tuples.iter().filter(|one| !moves(one)).cloned().collect();
        let gone: Vec<_> = moved.iter().map(|tuple| Change::Delete(tuple.key.clone())).collect();
        let less = full.apply(2, &gone);
        // As it is done: what is added comes with the question, what is removed is taken out of a copy.
        let (graph, brought) = if comes { (&less, &moved[..]) } else { (&full, &[][..]) };
        let ask =
            |graph, contextual| Question { model: &compiled, graph, contextual, context, over: &|| false };
        let (with, without) = (ask(graph, brought), ask(&less, &[]));
        let effect = Effects { with, without, tuples: &moved, comes }.effect().expect("an answer");
        assert!(effect.complete);
        let judge = |tuples| Judge { model, tuples, contextual: &[], context };
        let (with, without) = (judge(&tuples[..]), judge(&rest[..]));
        let pair = if comes { [&without, &with] } else { [&with, &without] };
        let said: BTreeSet<_> =
            effect.changed.iter().map(|one| (&one.whom, &*one.object, &*one.relation)).collect();
        for one in &effect.changed {
            let name = match &one.whom {
                Whom::One(name) => name.clone(),
                Whom::Others(type_name) => format!("{type_name}:nobody-named-this"),
            };
            let key = TupleKey::new(&one.object, &one.relation, &name);
            if let Some(expected) = judged(pair, &key) {
                assert_eq!((one.before, one.after), expected, "{key} by {moved:?} in {tuples:?}");
            }
        }
        for (place, relation) in model.types.iter().flat_map(|one| {
            one.relations
                .keys()
                .flat_map(move |relation| objects(&one.name).map(move |object| (object, relation)))
        }) {
            for user_type in &model.types {
                let usersets = user_type.relations.keys().flat_map(|relation| {
                    objects(&user_type.name).map(move |object| format!("{object}#{relation}"))
                });
                let nobody = format!("{}:nobody-named-this", user_type.name);
                for user in objects(&user_type.name).chain([nobody]).chain(usersets) {
                    let key = TupleKey::new(&place, relation, &user);
                    let Some((before, after)) = judged(pair, &key) else { continue };
                    let certain = before.is_some() && after.is_some();
                    if before == after || !certain && effect.undecided > 0 {
                        continue;
                    }
                    changed += 1;
                    // Everybody else of a type are people and things of it, not those who have something together.
                    let as_one = user.contains('#');
                    let (one, others) = (Whom::One(user), Whom::Others(user_type.name.clone()));
                    let told = [&one, &others]
                        .iter()
                        .filter(|whom| !as_one || **whom == &one)
                        .any(|whom| said.contains(&(*whom, &*place, &**relation)));
                    assert!(
                        told,
                        "{key} goes from {before:?} to {after:?} by {moved:?} in {tuples:?}\n{effect:?}"
                    );
                }
            }
        }
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn whoever_gains_or_loses_is_named_and_nobody_else(numbers in random::choices()) {
        play(&numbers);
    }
}
