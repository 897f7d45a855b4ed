//! One check: does any path lead from the object to the user?

use super::facts::Facts;
use super::{DEEPEST, parsed};
use crate::fault::Unanswered;
use crate::model::Userset;
use crate::names::User;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Yes,
    No,
    /// No path, and one of those tried led back to itself: not proven, and not disproven enough for `but not`.
    Cycle,
}

type Answer = Result<Outcome, Unanswered>;

pub struct Walk<'a> {
    facts: &'a Facts<'a>,
    user: User<'a>,
    asked: &'a str,
    /// What a path that leads back to itself comes to.
    cycle: Outcome,
}

/// How we got here: what is being checked, and how many tuples were followed.
#[derive(Clone, Copy)]
struct Path<'a> {
    object: &'a str,
    relation: &'a str,
    steps: usize,
    before: Option<&'a Path<'a>>,
}

impl<'a> Walk<'a> {
    pub fn new(facts: &'a Facts<'a>, user: &'a str, cycle: Outcome) -> Result<Self, Unanswered> {
        Ok(Self { facts, user: parsed(user)?, asked: user, cycle })
    }

    pub fn check(&self, object: &str, relation: &str) -> Answer {
        self.visit(Path { object, relation, steps: 0, before: None })
    }

    fn visit(&self, here: Path<'_>) -> Answer {
        if here.steps >= DEEPEST {
            return Err(Unanswered::TooComplex);
        }
        if here.was_visited() {
            return Ok(self.cycle);
        }
        if self.asked.split_once('#') == Some((here.object, here.relation)) {
            return Ok(Outcome::Yes);
        }
        match self.facts.rewrite(here.object, here.relation) {
            Some(rewrite) => self.follow(rewrite, &here),
            // A parent whose type has no such relation grants nothing.
            None => Ok(Outcome::No),
        }
    }

    fn follow(&self, rewrite: &Userset, here: &Path<'_>) -> Answer {
        match rewrite {
            Userset::This => self.direct(here),
            Userset::Computed(relation) => {
                self.visit(Path { object: here.object, relation, steps: here.steps, before: Some(here) })
            }
            Userset::TupleToUserset { tupleset, computed } => self.through(tupleset, computed, here),
            Userset::Union(children) => any(children.iter().map(|child| self.follow(child, here)).collect()),
            Userset::Intersection(children) => {
                all(children.iter().map(|child| self.follow(child, here)).collect())
            }
            Userset::Difference { base, subtract } => {
                difference(self.follow(base, here), self.follow(subtract, here))
            }
        }
    }

    /// A tuple that names the user, or everybody of their type, or a userset they belong to.
    fn direct(&self, here: &Path<'_>) -> Answer {
        let mut answers = Vec::new();
        for tuple in self.facts.of(here.object, here.relation) {
            let named = parsed(&tuple.key.user)?;
            let names_them = tuple.key.user == self.asked || covers(&named, &self.user);
            if !names_them && !matches!(named, User::Userset(..)) {
                continue;
            }
            answers.push(match self.facts.holds(tuple) {
                Ok(true) if names_them => Ok(Outcome::Yes),
                Ok(true) => match tuple.key.user.split_once('#') {
                    Some((object, relation)) => self.visit(here.onwards(object, relation)),
                    None => Ok(Outcome::No),
                },
                Ok(false) => Ok(Outcome::No),
                Err(why) => Err(why),
            });
        }
        any(answers)
    }

    /// `computed` from each object that `tupleset` names.
    fn through(&self, tupleset: &str, computed: &str, here: &Path<'_>) -> Answer {
        let mut answers = Vec::new();
        for tuple in self.facts.of(here.object, tupleset) {
            answers.push(match self.facts.holds(tuple) {
                Ok(true) => self.visit(here.onwards(&tuple.key.user, computed)),
                Ok(false) => Ok(Outcome::No),
                Err(why) => Err(why),
            });
        }
        any(answers)
    }
}

impl<'a> Path<'a> {
    fn onwards(&'a self, object: &'a str, relation: &'a str) -> Self {
        Self { object, relation, steps: self.steps + 1, before: Some(self) }
    }

    fn was_visited(&self) -> bool {
        let mut before = self.before;
        while let Some(one) = before {
            if (one.object, one.relation) == (self.object, self.relation) {
                return true;
            }
            before = one.before;
        }
        false
    }
}

/// `user:*` covers every object of its type, not their usersets.
fn covers(named: &User<'_>, asked: &User<'_>) -> bool {
    match (named, asked) {
        (User::Wildcard(type_name), User::Object(object)) => *type_name == object.type_name,
        _ => false,
    }
}

/// Yes, whatever the others are; else an error; else whether one led back to itself.
fn any(answers: Vec<Answer>) -> Answer {
    if answers.contains(&Ok(Outcome::Yes)) {
        return Ok(Outcome::Yes);
    }
    let outcomes = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(if outcomes.contains(&Outcome::Cycle) { Outcome::Cycle } else { Outcome::No })
}

/// A denial, whatever the others are; else an error.
fn all(answers: Vec<Answer>) -> Answer {
    for denial in [Outcome::Cycle, Outcome::No] {
        if answers.contains(&Ok(denial)) {
            return Ok(denial);
        }
    }
    answers.into_iter().find(Result::is_err).unwrap_or(Ok(Outcome::Yes))
}

/// The base grants and the subtraction is certain not to.
fn difference(base: Answer, subtract: Answer) -> Answer {
    match (base, subtract) {
        (Ok(Outcome::Cycle), _) | (_, Ok(Outcome::Cycle)) => Ok(Outcome::Cycle),
        (Ok(Outcome::No), _) | (_, Ok(Outcome::Yes)) => Ok(Outcome::No),
        (Err(why), _) | (_, Err(why)) => Err(why),
        (Ok(Outcome::Yes), Ok(Outcome::No)) => Ok(Outcome::Yes),
    }
}
