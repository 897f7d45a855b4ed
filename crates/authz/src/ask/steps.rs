//! An explanation as a list of steps, each with its sentence.

use chancery_rebac::engine::{Because, Cited, Explained};

use super::explain::{Kind, Step};

/// Steps of one explanation.
const MOST: usize = 400;

/// The steps, and whether they are all.
pub(super) fn told(explained: &Explained, user: &str) -> (Vec<Step>, bool) {
    let mut telling = Telling { user, steps: Vec::new(), complete: true };
    telling.place(0, explained);
    (telling.steps, telling.complete)
}

struct Telling<'a> {
    user: &'a str,
    steps: Vec<Step>,
    complete: bool,
}

impl Telling<'_> {
    fn push(&mut self, depth: usize, kind: Kind, allowed: Option<bool>, says: String) -> Option<&mut Step> {
        if self.steps.len() >= MOST {
            self.complete = false;
            return None;
        }
        let blank = Step {
            depth,
            kind,
            allowed,
            place: None,
            tuple: None,
            contextual: false,
            missing: Vec::new(),
            says,
        };
        self.steps.push(blank);
        self.steps.last_mut()
    }

    fn place(&mut self, depth: usize, told: &Explained) {
        let (user, object, relation) = (self.user, &told.object, &told.relation);
        let says = match told.allowed {
            Some(true) => format!("{user} has {relation} on {object}"),
            Some(false) => format!("{user} does not have {relation} on {object}"),
            None => format!("whether {user} has {relation} on {object} cannot be said"),
        };
        if let Some(step) = self.push(depth, Kind::Relation, told.allowed, says) {
            step.place = Some((object.clone(), relation.clone()));
            self.reason(depth + 1, &told.because);
        }
    }

    fn reason(&mut self, depth: usize, because: &Because) {
        let allowed = because.allows();
        match because {
            Because::Named(cited) => {
                let whom =
                    if cited.tuple.key.user == self.user { "the user" } else { "everybody of the type" };
                self.tuple(depth, Some(true), cited, &format!("names {whom}"));
            }
            Because::Through(cited, next) => {
                let to = format!("leads on to {}#{}", next.object, next.relation);
                self.tuple(depth, allowed, cited, &to);
                self.place(depth + 1, next);
            }
            Because::Idle(cited, next) => {
                let to = format!("leads on to {}#{}", next.object, next.relation);
                self.cited(depth, Some(false), cited, &to, "which may be met or not");
                self.place(depth + 1, next);
            }
            Because::Computed(next) => self.place(depth, next),
            Because::Every(all) => {
                self.push(depth, Kind::Every, allowed, "all of these are needed".to_owned());
                all.iter().for_each(|one| self.reason(depth + 1, one));
            }
            Because::ButNot(base, subtract) => {
                self.reason(depth, base);
                let says = match subtract.allows() {
                    Some(true) => "and is taken out again",
                    Some(false) => "and is not taken out again",
                    None => "and whether it is taken out again cannot be said",
                };
                self.push(depth, Kind::Except, subtract.allows(), says.to_owned());
                self.reason(depth + 1, subtract);
            }
            Because::Nothing(tried) => tried.iter().for_each(|one| self.reason(depth, one)),
            leaf => self.leaf(depth, leaf),
        }
    }

    fn leaf(&mut self, depth: usize, because: &Because) {
        let user = self.user;
        let mut plain = |kind, says: &str| {
            self.push(depth, kind, because.allows(), says.to_owned());
        };
        match because {
            Because::Itself => plain(Kind::Itself, "the user is this very userset"),
            Because::Circle => plain(Kind::Circle, "this goes round in a circle, which grants nothing"),
            Because::Before => plain(Kind::Before, "it was explained above"),
            Because::Unanswered(why) => plain(Kind::Unanswered, &why.to_string()),
            Because::Missing { object, relation, onwards } => {
                let says = match onwards {
                    Some(onwards) => {
                        format!("no tuple of {object}#{relation} names an object with {onwards}")
                    }
                    None => format!("no tuple of {object}#{relation} names {user} or leads on"),
                };
                if let Some(step) = self.push(depth, Kind::Missing, Some(false), says) {
                    step.place = Some((object.clone(), relation.clone()));
                }
            }
            Because::Unmet(cited) => self.condition(depth, cited, Some(false), "is not met", &[]),
            Because::Unevaluated { cited, why, missing } if missing.is_empty() => {
                self.condition(depth, cited, None, &format!("cannot be evaluated: {why}"), missing);
            }
            Because::Unevaluated { cited, missing, .. } => {
                let says = format!("needs {}: give it in the context", missing.join(" and "));
                self.condition(depth, cited, None, &says, missing);
            }
            _ => {
                self.complete = false;
                self.push(depth, Kind::Cut, None, "there is more than is told here".to_owned());
            }
        }
    }

    fn tuple(&mut self, depth: usize, allowed: Option<bool>, cited: &Cited, does: &str) {
        self.cited(depth, allowed, cited, does, "which is met");
    }

    fn cited(&mut self, depth: usize, allowed: Option<bool>, cited: &Cited, does: &str, state: &str) {
        let under = cited.tuple.condition.as_ref();
        let under = under.map(|one| format!(", under the condition {}, {state}", one.name));
        let says = format!("{} {does}{}", cited.tuple.key, under.unwrap_or_default());
        if let Some(step) = self.push(depth, Kind::Tuple, allowed, says) {
            (step.tuple, step.contextual) = (Some(cited.tuple.clone()), cited.contextual);
        }
    }

    fn condition(
        &mut self,
        depth: usize,
        cited: &Cited,
        allowed: Option<bool>,
        does: &str,
        missing: &[String],
    ) {
        let name = cited.tuple.condition.as_ref().map_or("", |condition| condition.name.as_str());
        let says = format!("the condition {name} of {} {does}", cited.tuple.key);
        if let Some(step) = self.push(depth, Kind::Condition, allowed, says) {
            (step.tuple, step.contextual) = (Some(cited.tuple.clone()), cited.contextual);
            step.missing = missing.to_vec();
        }
    }
}
