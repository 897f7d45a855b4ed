//! Expand held to OpenFGA. Its command asks no expand, but it checks: whom a tree comes to when each of its leaves is followed
//! to the end, on worlds full of tuples, has to be who passes OpenFGA's check. (Its lists of users do not serve: in such worlds
//! somebody who is taken out on one way is not listed, though another allows.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_rebac::engine::{Change, Compiled, Graph, Question};
use chancery_rebac::judge::{Judge, Leaf, Node};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use proptest::test_runner::{TestCaseError, TestError};
use serde_json::json;

use super::differ::{self, Answer, picture};
use super::{known, runner, seed};
use crate::openfga::OpenFga;
use crate::random::{self, World};

const WORLDS: u32 = 60;
/// So many tuples, over three objects of a type: nearly everybody is named everywhere.
const TUPLES: usize = 120;

/// Sets of `type:id` by `object#relation`; a tree that leads round in a circle is left to the other tests.
struct Followed<'a> {
    question: Question<'a>,
    known: BTreeMap<(String, String), Option<BTreeSet<String>>>,
}

type Users = Option<BTreeSet<String>>;

impl Followed<'_> {
    fn of(&mut self, object: &str, relation: &str) -> Users {
        let place = (object.to_owned(), relation.to_owned());
        if let Some(known) = self.known.get(&place) {
            return known.clone();
        }
        // Until it is known, who comes here again has come round.
        self.known.insert(place.clone(), None);
        let Ok(tree) = self.question.expand(object, relation) else { return Some(BTreeSet::new()) };
        let found = self.node(&tree.root);
        match &found {
            Some(_) => drop(self.known.insert(place, found.clone())),
            None => drop(self.known.remove(&place)),
        }
        found
    }

    fn node(&mut self, node: &Node) -> Users {
        match node {
            Node::Leaf(leaf) => self.leaf(leaf),
            Node::Union(nodes) => {
                let each: Option<Vec<_>> = nodes.iter().map(|node| self.node(node)).collect();
                Some(each?.into_iter().flatten().collect())
            }
            Node::Intersection(nodes) => {
                let each: Option<Vec<_>> = nodes.iter().map(|node| self.node(node)).collect();
                each?.into_iter().reduce(|all, one| all.intersection(&one).cloned().collect())
            }
            Node::Difference { base, subtract } => {
                let (base, subtract) = (self.node(base)?, self.node(subtract)?);
                Some(base.difference(&subtract).cloned().collect())
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> Users {
        let (named, usersets): (Vec<String>, Vec<String>) = match leaf {
            Leaf::Users(users) => users.iter().cloned().partition(|user| !user.contains('#')),
            Leaf::Computed(userset) => (Vec::new(), vec![userset.clone()]),
            Leaf::TupleToUserset { computed, .. } => (Vec::new(), computed.clone()),
        };
        let mut all: BTreeSet<String> = named.into_iter().collect();
        for userset in usersets {
            let (object, relation) = userset.split_once('#').expect("a userset");
            all.extend(self.of(object, relation)?);
        }
        Some(all)
    }
}

/// Without conditions, which expand does not look at, and without wildcards, which cannot be counted out.
fn plain(mut model: AuthorizationModel) -> AuthorizationModel {
    for relation in model.types.iter_mut().flat_map(|one| one.relations.values_mut()) {
        relation.assignable.iter_mut().for_each(|one| one.condition = None);
        let listed = std::mem::take(&mut relation.assignable);
        for one in listed {
            let wildcard = one.kind == chancery_rebac::model::ReferenceKind::Wildcard;
            let kind = if wildcard { chancery_rebac::model::ReferenceKind::Object } else { one.kind.clone() };
            let one = chancery_rebac::model::TypeReference { kind, ..one };
            if !relation.assignable.contains(&one) {
                relation.assignable.push(one);
            }
        }
    }
    model
}

/// How many users of trees were held to OpenFGA's checks.
fn compare(fga: &OpenFga, numbers: &[u16]) -> Result<usize, String> {
    let world = World::dense(numbers, plain, TUPLES);
    if chancery_rebac::validate::check(&world.model).is_err() {
        return Ok(0);
    }
    let compiled = Compiled::new(Arc::new(world.model.clone())).expect("the model is a good one");
    let changes: Vec<Change> =
        world.tuples.iter().map(|tuple: &Tuple| Change::Write(tuple.clone(), 1)).collect();
    let (graph, context, over) = (Graph::default().apply(1, &changes), Context::new(), || false);
    let contextual = &world.contextual[..];
    let question = Question { model: &compiled, graph: &graph, contextual, context: &context, over: &over };
    let mut followed = Followed { question, known: BTreeMap::new() };
    let (mut trees, mut asked) = (Vec::new(), Vec::new());
    for one in &world.model.types {
        for relation in one.relations.keys() {
            for object in random::objects(&one.name) {
                let Some(users) = followed.of(&object, relation) else { continue };
                for user in ["user", "group", "doc"].iter().flat_map(|kind| random::objects(kind)) {
                    let expected = users.contains(&user);
                    // OpenFGA explains only what it did not expect; so expect the contrary.
                    asked.push(json!({ "object": object, "user": user, "assertions": { relation.as_str(): !expected } }));
                    trees.push((TupleKey::new(&object, relation, &user), expected));
                }
            }
        }
    }
    let tuples: Vec<_> = world.tuples.iter().map(differ::written).collect();
    let brought: Vec<_> = contextual.iter().map(differ::written).collect();
    let test = json!({ "name": "t", "check": asked, "tuples": brought });
    let store = json!({ "name": "expand", "tuples": tuples, "tests": [test] });
    let told =
        fga.run(&world.model.to_json(), &store).map_err(|why| format!("{why}\n{}", picture(&world)))?;
    let found = differ::theirs(&told);
    assert_eq!(found.len(), trees.len(), "an answer to each question");
    let more = known::with_mistaken(&world);
    let mistaken =
        more.as_deref().map(|tuples| Judge { model: &world.model, tuples, contextual, context: &context });
    let mut held = 0;
    for ((what, expected), found) in trees.into_iter().zip(found) {
        match found {
            Answer::Check(allowed) if allowed == expected => held += 1,
            // Deeper than OpenFGA goes.
            Answer::TooComplex => {}
            Answer::Check(true) if mistaken.is_some_and(|judge| judge.check(&what) == Ok(true)) => {}
            other => {
                return Err(format!(
                    "{what}: the tree says {expected}, OpenFGA {other:?}\n{}",
                    picture(&world)
                ));
            }
        }
    }
    Ok(held)
}

#[test]
fn a_tree_followed_to_its_leaves_comes_to_who_passes_openfgas_check() {
    let Some(fga) = OpenFga::find("expand") else { return };
    let (seed, held) = (seed(), std::cell::Cell::new(0));
    let outcome = runner(seed, WORLDS).run(&random::choices(), |numbers| {
        held.set(held.get() + compare(&fga, &numbers).map_err(TestCaseError::fail)?);
        Ok(())
    });
    match outcome {
        Ok(()) => assert!(held.get() > 5_000, "only {} answers were held to OpenFGA", held.get()),
        Err(TestError::Fail(why, _)) => panic!("CHANCERY_FGA_SEED={seed} asks this again: {why}"),
        Err(TestError::Abort(why)) => panic!("CHANCERY_FGA_SEED={seed}: {why}"),
    }
}
