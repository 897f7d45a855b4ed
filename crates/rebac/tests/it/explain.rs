//! Explanations held to the judge: what is said to allow does, tuple by tuple, and what is said to be missing is.

use std::sync::Arc;

use chancery_rebac::condition::Program;
use chancery_rebac::engine::{Because, Change, Cited, Compiled, Explained, Graph, Question};
use chancery_rebac::judge::Judge;
use chancery_rebac::model::{AuthorizationModel, Userset};
use chancery_rebac::tuple::{Tuple, TupleKey};
use chancery_rebac::write_rules;
use proptest::prelude::*;

use crate::random::{self, Choices, World};

/// What was seen of one explanation.
#[derive(Default)]
struct Seen {
    /// Tuples of the path that allowed.
    path: Vec<Tuple>,
    /// Something is taken out.
    subtracts: bool,
    cut: bool,
}

struct Replay<'a> {
    world: &'a World,
    judge: Judge<'a>,
    user: &'a str,
}

impl Replay<'_> {
    fn place(&self, told: &Explained, seen: &mut Seen) {
        let key = TupleKey::new(&told.object, &told.relation, self.user);
        let judged = self.judge.check(&key);
        if judged.is_ok() {
            assert_eq!(told.allowed, judged.ok(), "{key}: {told:?}");
        }
        self.reason(&told.because, &told.object, seen);
    }

    fn reason(&self, because: &Because, object: &str, seen: &mut Seen) {
        match because {
            Because::Itself => assert!(self.user.starts_with(&format!("{object}#"))),
            Because::Named(cited) => {
                let everybody = format!("{}:*", self.user.split_once(':').unwrap().0);
                assert!([self.user, &everybody].contains(&&*cited.tuple.key.user), "{cited:?}");
                self.cited(cited, object, true);
                seen.path.push(cited.tuple.clone());
            }
            Because::Through(cited, next) => {
                let to = [next.object.clone(), format!("{}#{}", next.object, next.relation)];
                assert!(to.contains(&cited.tuple.key.user), "{cited:?} does not lead to {next:?}");
                self.cited(cited, object, true);
                seen.path.push(cited.tuple.clone());
                self.place(next, seen);
            }
            Because::Idle(cited, next) => {
                let to = [next.object.clone(), format!("{}#{}", next.object, next.relation)];
                assert!(to.contains(&cited.tuple.key.user), "{cited:?} does not lead to {next:?}");
                assert!(self.holds(cited).is_err(), "{cited:?}");
                assert_eq!(next.allowed, Some(false), "{cited:?}");
                self.place(next, seen);
            }
            Because::Computed(next) => {
                assert_eq!(next.object, object);
                self.place(next, seen);
            }
            Because::Every(all) => {
                all.iter().for_each(|one| self.reason(one, object, seen));
            }
            Because::ButNot(base, subtract) => {
                seen.subtracts = true;
                self.reason(base, object, seen);
                self.reason(subtract, object, &mut Seen::default());
            }
            Because::Nothing(tried) => tried.iter().for_each(|one| self.reason(one, object, seen)),
            Because::Missing { object: of, relation, onwards } => {
                self.missing(of, relation, onwards.as_deref())
            }
            Because::Unmet(cited) => self.cited(cited, object, false),
            Because::Unevaluated { cited, missing, .. } => {
                assert!(self.holds(cited).is_err(), "{cited:?}");
                let given = |name: &String| self.world.context.contains_key(name);
                assert!(!missing.iter().any(given), "{missing:?}");
            }
            Because::Unanswered(_) | Because::Circle | Because::Before => {}
            Because::Cut => seen.cut = true,
        }
    }

    fn holds(&self, cited: &Cited) -> Result<bool, String> {
        let Some(named) = &cited.tuple.condition else { return Ok(true) };
        let program = Program::compile(&self.world.model.conditions[&named.name]).unwrap();
        program.evaluate(&named.context, &self.world.context).map_err(|why| why.to_string())
    }

    /// It is a tuple of the world and of the place, and its condition is as it is said to be.
    fn cited(&self, cited: &Cited, object: &str, met: bool) {
        let all = if cited.contextual { self.judge.contextual } else { self.judge.tuples };
        assert!(all.contains(&cited.tuple), "{cited:?} does not stand");
        assert_eq!(cited.tuple.key.object, object);
        assert_eq!(self.holds(cited), Ok(met), "{cited:?}");
    }

    fn missing(&self, object: &str, relation: &str, onwards: Option<&str>) {
        let everybody = format!("{}:*", self.user.split_once(':').unwrap().0);
        for tuple in self.judge.tuples.iter().chain(self.judge.contextual) {
            let TupleKey { object: of, relation: by, user } = &tuple.key;
            if (of.as_str(), by.as_str()) != (object, relation)
                || write_rules::check_fit(&self.world.model, tuple).is_err()
            {
                continue;
            }
            let leads = match onwards {
                Some(onwards) => {
                    let type_name = user.split_once(':').unwrap().0;
                    self.world.model.find_relation(type_name, onwards).is_some()
                }
                None => {
                    user == self.user || user.contains('#') || *user == everybody && !self.user.contains('#')
                }
            };
            assert!(!leads, "{} is not missing for {}", tuple.key, self.user);
        }
    }
}

fn has_booleans(model: &AuthorizationModel) -> bool {
    fn one(rewrite: &Userset) -> bool {
        match rewrite {
            Userset::Union(children) => children.iter().any(one),
            Userset::Intersection(_) | Userset::Difference { .. } => true,
            _ => false,
        }
    }
    model.types.iter().any(|of| of.relations.values().any(|relation| one(&relation.rewrite)))
}

/// How many paths were replayed, and how many tuples were taken out of one.
fn play(numbers: &[u16]) -> (usize, usize) {
    let world = World::grow(numbers);
    let World { model, tuples, contextual, context } = &world;
    let compiled = Compiled::new(Arc::new(model.clone())).expect("the model is a good one");
    let changes: Vec<_> = tuples.iter().map(|tuple| Change::Write(tuple.clone(), 1)).collect();
    let (graph, over) = (Graph::default().apply(1, &changes), || false);
    let question = Question { model: &compiled, graph: &graph, contextual, context, over: &over };
    let reversed: Vec<u16> = numbers.iter().rev().copied().collect();
    let (mut replayed, mut flipped) = (0, 0);
    for key in world.checks(&mut Choices::new(&reversed), 40) {
        let told = question.explain(&key).expect("the names are known");
        assert_eq!(told.allowed, question.check(&key).ok(), "{key}");
        let replay =
            Replay { world: &world, judge: Judge { model, tuples, contextual, context }, user: &key.user };
        let mut seen = Seen::default();
        replay.place(&told, &mut seen);
        assert!(!seen.cut, "{key} is cut: {told:?} in {world:?}");
        if told.allowed != Some(true) || seen.subtracts {
            continue;
        }
        // The path alone allows, with nothing else in the store.
        let alone = |tuples: &[Tuple]| Judge { model, tuples, contextual: &[], context }.check(&key);
        assert_eq!(alone(&seen.path), Ok(true), "{key}: {told:?}");
        replayed += 1;
        for at in 0..seen.path.len() {
            let mut rest = seen.path.clone();
            let gone = rest.remove(at);
            // Where something is taken out, what is gone may have kept another way closed; where two sides are needed, the
            // same tuples may do by another way.
            if has_booleans(model) || rest.contains(&gone) {
                continue;
            }
            assert_eq!(alone(&rest), Ok(false), "{key} without {}: {told:?}", gone.key);
            flipped += 1;
        }
    }
    (replayed, flipped)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_explained_path_allows_by_itself_and_without_any_of_its_tuples_does_not(numbers in random::choices()) {
        play(&numbers);
    }
}

#[test]
fn there_are_paths_to_replay() {
    let numbers = |seed: u64| {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let next = move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 48) as u16
        };
        (0..400).map(next).collect::<Vec<u16>>()
    };
    let (replayed, flipped) =
        (1..40).map(|seed| play(&numbers(seed))).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(replayed > 50 && flipped > 50, "{replayed} paths, {flipped} tuples");
}
