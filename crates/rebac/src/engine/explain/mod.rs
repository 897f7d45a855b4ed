//! Why a check comes out as it does: the path that made it true, or what was tried and did not.

mod cited;
mod prove;
mod refute;

use std::collections::BTreeSet;

use super::overlay::Overlay;
use super::question::Question;
use crate::fault::Unanswered;
use crate::tuple::{Tuple, TupleKey};

/// So many places are explained, and then it is enough.
const MOST: usize = 200;
/// So many places are looked at on the way to those.
const MOST_LOOKS: usize = 20_000;

/// One relation of one object, and why the user has it or has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    pub object: String,
    pub relation: String,
    /// None where it cannot be answered.
    pub allowed: Option<bool>,
    pub because: Because,
}

/// A tuple that plays a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Cited {
    pub tuple: Tuple,
    /// It came with the question.
    pub contextual: bool,
}

/// A reason; of the ways that allow, one of the shortest.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// The user is the very userset.
    Itself,
    /// A tuple names the user, or everybody of its type.
    Named(Cited),
    /// A tuple leads on.
    Through(Cited, Box<Explained>),
    /// A tuple whose condition cannot be evaluated, and need not: it leads on to where the user is not.
    Idle(Cited, Box<Explained>),
    /// Another relation to the same object.
    Computed(Box<Explained>),
    /// All of these.
    Every(Vec<Because>),
    /// The first, and not the second.
    ButNot(Box<Because>, Box<Because>),
    /// None of these ways.
    Nothing(Vec<Because>),
    /// No tuple of the relation names the user or leads on; with a second relation, none names an object that has it.
    Missing { object: String, relation: String, onwards: Option<String> },
    /// The condition of a tuple is not met.
    Unmet(Cited),
    /// The condition of a tuple cannot be evaluated, for want of these parameters if there are any.
    Unevaluated { cited: Cited, why: Unanswered, missing: Vec<String> },
    /// It cannot be answered.
    Unanswered(Unanswered),
    /// It is being explained already: the way goes round in a circle.
    Circle,
    /// It was explained before.
    Before,
    /// There is too much to explain.
    Cut,
}

impl Because {
    /// Whether it allows; none where that cannot be answered.
    pub fn allows(&self) -> Option<bool> {
        match self {
            Self::Itself | Self::Named(_) => Some(true),
            Self::Through(_, told) | Self::Idle(_, told) | Self::Computed(told) => told.allowed,
            Self::Every(all) => both(all.iter().map(Self::allows)),
            Self::ButNot(base, subtract) => {
                both([base.allows(), subtract.allows().map(|subtracts| !subtracts)].into_iter())
            }
            Self::Nothing(tried) => {
                let unknown = tried.iter().any(|one| one.allows().is_none());
                if unknown { None } else { Some(false) }
            }
            // What is cut was looked at before: what allows is told.
            Self::Missing { .. } | Self::Unmet(_) | Self::Circle | Self::Before | Self::Cut => Some(false),
            Self::Unevaluated { .. } | Self::Unanswered(_) => None,
        }
    }
}

fn both(all: impl Iterator<Item = Option<bool>> + Clone) -> Option<bool> {
    if all.clone().any(|one| one == Some(false)) {
        return Some(false);
    }
    all.into_iter().all(|one| one == Some(true)).then_some(true)
}

impl Question<'_> {
    /// The same answer as [`Question::check`] gives, with its reasons.
    pub fn explain(&self, key: &TupleKey) -> Result<Explained, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            self.object(bound, &mut overlay, &key.object, &key.relation)?;
            self.user(bound, &mut overlay, &key.user).map(|_| ())
        })?;
        Ok(Telling::new(self, &key.user).place(&key.object, &key.relation))
    }
}

type Place = (String, String);

struct Telling<'a> {
    question: &'a Question<'a>,
    user: &'a str,
    /// Where it is being explained.
    path: Vec<Place>,
    /// Denials that were explained.
    before: BTreeSet<Place>,
    told: usize,
    looks: usize,
}

impl<'a> Telling<'a> {
    fn new(question: &'a Question<'a>, user: &'a str) -> Self {
        Self { question, user, path: Vec::new(), before: BTreeSet::new(), told: 0, looks: 0 }
    }

    fn place(&mut self, object: &str, relation: &str) -> Explained {
        let answer = self.question.check(&TupleKey::new(object, relation, self.user));
        let here = (object.to_owned(), relation.to_owned());
        self.told += 1;
        let because = match &answer {
            _ if self.path.contains(&here) => Because::Circle,
            _ if self.told > MOST || (self.question.over)() => Because::Cut,
            Ok(true) => self.proof(here),
            _ if self.before.contains(&here) => Because::Before,
            Err(why @ (Unanswered::Deadline | Unanswered::TooComplex)) => Because::Unanswered(why.clone()),
            _ => self.denial(here),
        };
        Explained { object: object.to_owned(), relation: relation.to_owned(), allowed: answer.ok(), because }
    }

    fn proof(&mut self, (object, relation): Place) -> Because {
        if self.is_asked(&object, &relation) {
            return Because::Itself;
        }
        let model = self.question.model.model().clone();
        let Some(definition) = model.find_relation(type_of(&object), &relation) else { return Because::Cut };
        // Where it holds and no way is found, the search was given up.
        self.prove(&definition.rewrite, &object, &relation).unwrap_or(Because::Cut)
    }

    fn denial(&mut self, here: Place) -> Because {
        let model = self.question.model.model().clone();
        let Some(definition) = model.find_relation(type_of(&here.0), &here.1) else {
            return Because::Nothing(Vec::new());
        };
        let (object, relation) = here.clone();
        self.path.push(here.clone());
        let because = self.refute(&definition.rewrite, &object, &relation);
        self.path.pop();
        self.before.insert(here);
        because
    }

    fn is_asked(&self, object: &str, relation: &str) -> bool {
        self.user.split_once('#') == Some((object, relation))
    }
}

fn type_of(object: &str) -> &str {
    object.split_once(':').map_or("", |(type_name, _)| type_name)
}
