//! One check: does any path lead from the object to the user?

use super::facts::Facts;
use super::reach::{Leading, Target};
use super::reading::Reading;
use super::{DEEPEST, parsed};
use crate::fault::Unanswered;
use crate::model::Userset;
use crate::names::{Object, User};
use crate::tuple::Tuple;

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
    leading: Leading<'a>,
    /// Elsewhere the user is certainly not, wherever tuples lead there.
    at_all: Leading<'a>,
    asked: &'a str,
    reading: Reading,
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
    pub fn new(facts: &'a Facts<'a>, user: &'a str, reading: Reading) -> Result<Self, Unanswered> {
        let asked = user;
        let user = parsed(asked)?;
        let target = Target::of(&user);
        let (leading, at_all) = (Leading::to(facts.model, &target), Leading::at_all(facts.model, &target));
        Ok(Self { facts, leading, at_all, user, asked, reading })
    }

    pub fn check(&self, object: &str, relation: &str) -> Answer {
        self.visit(Path { object, relation, steps: 0, before: None })
    }

    fn visit(&self, here: Path<'_>) -> Answer {
        if here.steps >= DEEPEST {
            return Err(Unanswered::TooComplex);
        }
        if here.was_visited() {
            return Ok(if self.reading.cycles_are_no { Outcome::No } else { Outcome::Cycle });
        }
        if self.asked.split_once('#') == Some((here.object, here.relation)) {
            return Ok(Outcome::Yes);
        }
        if Object::parse(here.object)
            .is_none_or(|object| !self.at_all.contains(object.type_name, here.relation))
        {
            return Ok(Outcome::No);
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
            Userset::Union(children) => {
                self.any(children.iter().map(|child| self.follow(child, here)).collect())
            }
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
        let (mut named, mut usersets) = (Vec::new(), Vec::new());
        for tuple in self.facts.of(here.object, here.relation) {
            let user = parsed(&tuple.key.user)?;
            if tuple.key.user == self.asked || covers(&user, &self.user) {
                named.push(self.facts.holds(tuple).map(Outcome::from));
            } else if let User::Userset(object, relation) = user
                && self.can_lead(object.type_name, relation)
            {
                usersets.push(tuple);
            }
        }
        named.push(self.onwards(usersets, here, |tuple| tuple.key.user.split_once('#')));
        self.any(named)
    }

    /// `computed` from each object that `tupleset` names.
    fn through(&self, tupleset: &str, computed: &str, here: &Path<'_>) -> Answer {
        let mut parents = Vec::new();
        for tuple in self.facts.of(here.object, tupleset) {
            if self.can_lead(parsed(&tuple.key.user)?.type_name(), computed) {
                parents.push(tuple);
            }
        }
        self.onwards(parents, here, |tuple| Some((&tuple.key.user, computed)))
    }

    fn can_lead(&self, type_name: &str, relation: &str) -> bool {
        !self.reading.looks_ahead || self.leading.contains(type_name, relation)
    }

    /// Follows each tuple that holds to what it names.
    fn onwards<'t>(
        &self,
        tuples: Vec<&'t Tuple>,
        here: &Path<'_>,
        next: impl Fn(&'t Tuple) -> Option<(&'t str, &'t str)>,
    ) -> Answer {
        let hold: Vec<_> = tuples.iter().map(|tuple| self.facts.holds(tuple)).collect();
        let forgets = self.reading.forgets && hold.contains(&Ok(true));
        let mut answers = Vec::new();
        for (tuple, holds) in tuples.into_iter().zip(hold) {
            let Some((object, relation)) = next(tuple) else { continue };
            let visit = || self.visit(here.onwards(object, relation));
            answers.push(match holds {
                Ok(true) => visit(),
                Ok(false) => Ok(Outcome::No),
                Err(_) if forgets => Ok(Outcome::No),
                Err(why) if self.reading.membership_first => match visit() {
                    Ok(Outcome::Yes) => Err(why),
                    other => other,
                },
                Err(why) => Err(why),
            });
        }
        self.any(answers)
    }

    /// Yes, whatever the others are; else an error; else whether one led back to itself.
    fn any(&self, answers: Vec<Answer>) -> Answer {
        let strict = self.reading.strict && answers.iter().any(Result::is_err);
        if answers.contains(&Ok(Outcome::Yes)) && !strict {
            return Ok(Outcome::Yes);
        }
        let outcomes = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(if outcomes.contains(&Outcome::Cycle) { Outcome::Cycle } else { Outcome::No })
    }
}

impl From<bool> for Outcome {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
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
