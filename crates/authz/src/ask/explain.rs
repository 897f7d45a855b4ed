//! Why a check comes out as it does, step by step: for a yes the tuples and rewrites that made it true, for a no each way
//! that was tried and what is missing on it. An explanation is bounded, and says so where it was cut.

use chancery_kernel::{Fault, Outcome};
use chancery_model::Level;
use chancery_rebac::engine::{Because, Cited, Explained};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::{Tuple, TupleKey};

use super::steps::told;
use super::{Asked, Ground, PATIENCE, Terms, given};
use crate::access::Asker;
use crate::{Authz, fault, wire};

pub struct Explanation {
    pub ground: Ground,
    /// None where it cannot be answered.
    pub allowed: Option<bool>,
    /// Why it cannot.
    pub fault: Option<Fault>,
    pub steps: Vec<Step>,
    /// Whether that is all there is to say.
    pub complete: bool,
}

/// One step, in the order of reading; what is deeper belongs to the step above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub depth: usize,
    pub kind: Kind,
    /// Whether this allows; none where that cannot be said.
    pub allowed: Option<bool>,
    /// The object and the relation that it is about.
    pub place: Option<(String, String)>,
    pub tuple: Option<Tuple>,
    /// The tuple came with the question.
    pub contextual: bool,
    /// Parameters that nobody gave.
    pub missing: Vec<String>,
    /// The same in words.
    pub says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether the user has a relation to an object.
    Relation,
    /// A tuple that names the user, or leads on.
    Tuple,
    /// All below are needed.
    Every,
    /// Whoever has what is below is taken out.
    Except,
    /// No tuple names the user or leads on.
    Missing,
    /// A condition that is not met, or cannot be evaluated.
    Condition,
    /// The user is the very userset.
    Itself,
    /// The way goes round in a circle, which grants nothing.
    Circle,
    /// It was explained before.
    Before,
    /// There is more than is told.
    Cut,
    /// It cannot be answered.
    Unanswered,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::Tuple => "tuple",
            Self::Every => "every",
            Self::Except => "except",
            Self::Missing => "missing",
            Self::Condition => "condition",
            Self::Itself => "itself",
            Self::Circle => "circle",
            Self::Before => "before",
            Self::Cut => "cut",
            Self::Unanswered => "unanswered",
        }
    }
}

impl Asked {
    /// The answer with its reasons, from one version.
    async fn explained(&self, key: TupleKey) -> Outcome<(Result<bool, Unanswered>, Explained)> {
        let work = move |asked: &Self| {
            asked.within(PATIENCE, |question| (question.check(&key), question.explain(&key)))
        };
        let (answer, explained) = self.clone().aside(work).await?;
        Ok((answer, explained.map_err(|why| fault::unanswered(&why))?))
    }

    /// The path that made it true, in one line.
    pub(super) async fn traced(&self, key: &TupleKey) -> Outcome<String> {
        let (_, explained) = self.explained(key.clone()).await?;
        let mut line = Line(format!("{}#{}", key.object, key.relation));
        line.reason(&explained.because);
        Ok(line.0)
    }
}

impl Authz {
    pub async fn explain(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Check,
        at_least: Option<u64>,
    ) -> Outcome<Explanation> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let (terms, tuple_key) = Terms::of_check(asked, at_least);
        let asked = self.asked_here(here, terms).await?;
        let key = given(tuple_key);
        asked.check_question(&key)?;
        let (answer, explained) = asked.explained(key.clone()).await?;
        if let (Ok(allowed), true) = (&answer, asked.here.store.recorded) {
            self.note(&asked, &[(key.clone(), *allowed)]).await?;
        }
        let (steps, complete) = told(&explained, &key.user);
        let fault = answer.as_ref().err().map(fault::unanswered);
        Ok(Explanation { ground: asked.ground(), allowed: answer.ok(), fault, steps, complete })
    }
}

/// Longer lines end before their end.
const LONGEST: usize = 8_192;

struct Line(String);

impl Line {
    fn reason(&mut self, because: &Because) {
        if self.0.len() > LONGEST {
            return;
        }
        match because {
            Because::Named(cited) => self.tuple(cited),
            Because::Through(cited, next) => {
                self.tuple(cited);
                self.reason(&next.because);
            }
            Because::Computed(next) => {
                self.0.push_str(&format!(" > {}#{}", next.object, next.relation));
                self.reason(&next.because);
            }
            Because::Every(all) => {
                for (at, one) in all.iter().enumerate() {
                    self.0.push_str(if at == 0 { " (" } else { " and" });
                    self.reason(one);
                }
                self.0.push(')');
            }
            // Whoever is let through was not taken out.
            Because::ButNot(base, _) => self.reason(base),
            Because::Itself => {}
            _ => self.0.push_str(" > …"),
        }
    }

    fn tuple(&mut self, cited: &Cited) {
        self.0.push_str(&format!(" > {}", cited.tuple.key));
    }
}
