//! Whose answers change when tuples come or go.
//!
//! Only two things can change: the relations that rest on one of them, of its object and of what is reached from there; and of
//! those only for the users to whom one of them leads. Where one leads on to another, the other begins a walk of its own. Both are found by walking, and each pair is asked before and after.
//! What a walk finds too much of costs time and no truth; where a bound is met, the result is not complete and says so.

mod places;
mod users;

use std::collections::BTreeSet;

use crate::engine::{Filter, Graph, Question, Stored};
use crate::fault::Unanswered;
use crate::tuple::{Tuple, TupleKey};

/// Relations of objects that may change.
const MOST_PLACES: usize = 5_000;
/// Users whose answers may change.
const MOST_USERS: usize = 5_000;
/// Questions that are asked, before and after.
const MOST_PAIRS: usize = 60_000;
/// Tuples that are looked at on one walk.
const MOST_TUPLES: usize = 50_000;

/// A user whose answers are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// `type:id`, or `type:id#relation`: whoever has that, as one.
    One(String),
    /// Whoever of this type no tuple names.
    Others(String),
}

/// An answer that changes; none where it rests on a condition that is not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub whom: Whom,
    pub object: String,
    pub relation: String,
    pub before: Option<bool>,
    pub after: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    pub changed: Vec<Changed>,
    /// Conditions that are not decided, and answers that rest on such: they may change or not.
    pub undecided: usize,
    /// Whether every answer that can change was asked.
    pub complete: bool,
}

/// What is compared: the same store with and without some tuples.
pub struct Change<'a> {
    pub with: Question<'a>,
    pub without: Question<'a>,
    pub tuples: &'a [Tuple],
    /// The tuples are added; else they go.
    pub comes: bool,
}

impl Change<'_> {
    pub fn effect(&self) -> Result<Effect, Unanswered> {
        let undecided = self.tuples.iter().filter(|tuple| !self.with.decides(tuple)).count();
        let mut bound = Bound { tuples: MOST_TUPLES, complete: true, undecided };
        let places = places::find(self, &mut bound);
        let users = users::find(self, &places, &mut bound);
        let Bound { complete, undecided, .. } = bound;
        let mut effect = Effect { complete, undecided, ..Effect::default() };
        let (mut asked, over) = (0_usize, self.with.over);
        for whom in &users {
            let name = self.name_of(whom);
            for (object, relation) in &places {
                asked += 1;
                if asked > MOST_PAIRS || asked.is_multiple_of(64) && over() {
                    effect.complete = false;
                    return Ok(effect);
                }
                self.compare(&mut effect, whom, &TupleKey::new(object, relation, &name))?;
            }
        }
        Ok(effect)
    }

    fn compare(&self, effect: &mut Effect, whom: &Whom, key: &TupleKey) -> Result<(), Unanswered> {
        let (with, without) = (answer(&self.with, key)?, answer(&self.without, key)?);
        if with.is_none() && without.is_none() {
            effect.undecided += 1;
        }
        if with == without {
            return Ok(());
        }
        let (before, after) = if self.comes { (without, with) } else { (with, without) };
        let (object, relation) = (key.object.clone(), key.relation.clone());
        effect.changed.push(Changed { whom: whom.clone(), object, relation, before, after });
        Ok(())
    }

    /// Others are asked about by a name that no tuple has.
    fn name_of(&self, whom: &Whom) -> String {
        match whom {
            Whom::One(name) => name.clone(),
            Whom::Others(type_name) => {
                let mut name = format!("{type_name}:somebody");
                while self.is_named(&name) {
                    name.push('-');
                }
                name
            }
        }
    }

    fn graph(&self) -> &Graph {
        self.with.graph
    }

    fn is_named(&self, user: &str) -> bool {
        let filter = Filter { user: Some(user.to_owned()), ..Filter::default() };
        self.tuples.iter().any(|tuple| tuple.key.user == user) || !read(self.graph(), &filter, 1).is_empty()
    }
}

/// None where it rests on a condition that is not decided, or is too deep to be.
fn answer(question: &Question<'_>, key: &TupleKey) -> Result<Option<bool>, Unanswered> {
    match question.check(key) {
        Ok(allowed) => Ok(Some(allowed)),
        Err(Unanswered::Condition { .. } | Unanswered::Parameter { .. } | Unanswered::TooComplex) => Ok(None),
        Err(why) => Err(why),
    }
}

/// How far the walks may still go.
struct Bound {
    tuples: usize,
    complete: bool,
    /// Tuples on the way whose conditions are not decided: whoever meets one may get no answer.
    undecided: usize,
}

impl Bound {
    /// The tuples of a filter, as far as the bound allows.
    fn read(&mut self, graph: &Graph, filter: &Filter) -> Vec<Stored> {
        let found = read(graph, filter, self.tuples.saturating_add(1));
        self.complete &= found.len() <= self.tuples;
        self.tuples = self.tuples.saturating_sub(found.len());
        found
    }

    /// Whether there is room for one more.
    fn has_room<T>(&mut self, set: &BTreeSet<T>, most: usize) -> bool {
        let room = set.len() < most;
        self.complete &= room;
        room
    }
}

fn read(graph: &Graph, filter: &Filter, most: usize) -> Vec<Stored> {
    graph.read(filter, None, most).map(|stretch| stretch.tuples).unwrap_or_default()
}

fn type_of(object: &str) -> &str {
    object.split_once(':').map_or("", |(type_name, _)| type_name)
}

/// A relation of an object.
type Place = (String, String);
