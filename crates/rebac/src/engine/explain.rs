//! Why a check comes out as it does: the path that made it true, or what was tried and did not.

use super::overlay::Overlay;
use super::question::Question;
use crate::fault::Unanswered;
use crate::judge::{Leaf, Node};
use crate::model::Userset;
use crate::tuple::TupleKey;

/// So many places are explained, and then it is enough.
const MOST: usize = 200;
/// So many levels deep.
const DEEPEST: usize = 25;

/// One relation of one object, and why the user has it or has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    pub object: String,
    pub relation: String,
    /// None where it cannot be answered.
    pub allowed: Option<bool>,
    pub because: Because,
}

/// A reason; of the ways that allow, the first that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// The user is the very userset.
    Itself,
    /// A tuple names the user, or everybody of its type.
    Named(TupleKey),
    /// A tuple leads on.
    Through(TupleKey, Box<Explained>),
    /// Another relation to the same object.
    Computed(Box<Explained>),
    /// All of these.
    Every(Vec<Because>),
    /// The first, and not the second.
    ButNot(Box<Because>, Box<Because>),
    /// None of these; without any, no tuple leads anywhere.
    Nothing(Vec<Because>),
    /// The condition of a tuple is not met.
    Unmet(TupleKey),
    /// It cannot be answered.
    Unanswered(Unanswered),
    /// It is being explained already, or there was too much to explain.
    Cut,
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
        let mut telling = Telling { question: self, user: &key.user, path: Vec::new(), told: 0 };
        Ok(telling.place(&key.object, &key.relation))
    }
}

struct Telling<'a> {
    question: &'a Question<'a>,
    user: &'a str,
    path: Vec<(String, String)>,
    told: usize,
}

/// A part of a rewrite with whether it allows; nothing where that cannot be answered.
type Told = (Option<bool>, Because);

impl Telling<'_> {
    fn place(&mut self, object: &str, relation: &str) -> Explained {
        let key = TupleKey::new(object, relation, self.user);
        let told = |allowed, because| Explained {
            object: object.to_owned(),
            relation: relation.to_owned(),
            allowed,
            because,
        };
        let answer = self.question.check(&key);
        let here = (object.to_owned(), relation.to_owned());
        self.told += 1;
        let cut = self.told > MOST || self.path.len() >= DEEPEST || self.path.contains(&here);
        match answer {
            Err(fault) => told(None, Because::Unanswered(fault)),
            Ok(allowed) if cut => told(Some(allowed), Because::Cut),
            Ok(true) if self.user == format!("{object}#{relation}") => told(Some(true), Because::Itself),
            Ok(allowed) => {
                self.path.push(here);
                let because = self.reason(object, relation);
                self.path.pop();
                told(Some(allowed), because)
            }
        }
    }

    fn reason(&mut self, object: &str, relation: &str) -> Because {
        let type_name = object.split_once(':').map_or("", |(type_name, _)| type_name);
        let model = self.question.model.model().clone();
        match model.find_relation(type_name, relation) {
            Some(definition) => self.rewrite(&definition.rewrite, object, relation).1,
            None => Because::Nothing(Vec::new()),
        }
    }

    fn rewrite(&mut self, rewrite: &Userset, object: &str, relation: &str) -> Told {
        match rewrite {
            Userset::This => self.users(object, relation, None),
            Userset::Computed(other) => {
                let told = self.place(object, other);
                (told.allowed, Because::Computed(Box::new(told)))
            }
            Userset::TupleToUserset { tupleset, computed } => self.users(object, tupleset, Some(computed)),
            Userset::Union(children) => {
                let mut tried = Vec::new();
                for child in children {
                    match self.rewrite(child, object, relation) {
                        (Some(true), because) => return (Some(true), because),
                        told => tried.push(told),
                    }
                }
                nothing(tried)
            }
            Userset::Intersection(children) => self.every(children, object, relation),
            Userset::Difference { base, subtract } => {
                let (base, why) = self.rewrite(base, object, relation);
                if base != Some(true) {
                    return (base, why);
                }
                let (subtract, why_not) = self.rewrite(subtract, object, relation);
                (subtract.map(|subtract| !subtract), Because::ButNot(Box::new(why), Box::new(why_not)))
            }
        }
    }

    /// All sides where all allow; else the first that does not.
    fn every(&mut self, children: &[Userset], object: &str, relation: &str) -> Told {
        let mut all = Vec::new();
        for child in children {
            match self.rewrite(child, object, relation) {
                (Some(true), because) => all.push(because),
                told => return told,
            }
        }
        (Some(true), Because::Every(all))
    }

    /// The tuples of a relation: those that name users, or (with a relation to go on by) parents.
    fn users(&mut self, object: &str, relation: &str, onwards: Option<&str>) -> Told {
        let mut tried = Vec::new();
        for user in self.named(object, relation) {
            if self.told > MOST {
                tried.push((Some(false), Because::Cut));
                break;
            }
            match self.tuple(TupleKey::new(object, relation, &user), onwards) {
                Some((Some(true), because)) => return (Some(true), because),
                told => tried.extend(told),
            }
        }
        nothing(tried)
    }

    /// Nothing where the tuple has nothing to do with the user.
    fn tuple(&mut self, key: TupleKey, onwards: Option<&str>) -> Option<Told> {
        let next = match onwards {
            Some(relation) => Some((key.user.as_str(), relation)),
            None => key.user.split_once('#'),
        };
        let everybody = self.user.split_once(':').map(|(type_name, _)| format!("{type_name}:*"));
        let names = onwards.is_none()
            && (key.user == self.user || !self.user.contains('#') && everybody.as_ref() == Some(&key.user));
        if !names && next.is_none() {
            return None;
        }
        match self.question.tuple_holds(&key) {
            Ok(false) => return Some((Some(false), Because::Unmet(key))),
            Err(fault) => return Some((None, Because::Unanswered(fault))),
            Ok(true) if names => return Some((Some(true), Because::Named(key))),
            Ok(true) => {}
        }
        let (object, relation) = next?;
        let told = self.known_place(object, relation)?;
        Some((told.allowed, Because::Through(key, Box::new(told))))
    }

    /// Nothing where the type has no such relation.
    fn known_place(&mut self, object: &str, relation: &str) -> Option<Explained> {
        let type_name = object.split_once(':')?.0;
        self.question.model.model().find_relation(type_name, relation)?;
        Some(self.place(object, relation))
    }

    fn named(&self, object: &str, relation: &str) -> Vec<String> {
        match self.question.expand_direct(object, relation) {
            Ok(Node::Leaf(Leaf::Users(users))) => users,
            _ => Vec::new(),
        }
    }
}

fn nothing(tried: Vec<Told>) -> Told {
    let unknown = tried.iter().any(|(allowed, _)| allowed.is_none());
    let because = Because::Nothing(tried.into_iter().map(|(_, because)| because).collect());
    (if unknown { None } else { Some(false) }, because)
}
