//! Questions, answered from memory.

mod batch;
mod check;
mod expand;
mod explain;
mod lists;
mod note;
mod preview;
mod steps;
mod stream;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, ModelId, Outcome, StoreId};
use chancery_model::Level;
use chancery_rebac::engine::{Graph, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::model_error::ModelError;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use chancery_rebac::write_rules;

pub use batch::Verdicts;
pub use check::Checked;
pub use explain::{Explanation, Kind, Step};
pub use lists::{MOST as MOST_LISTED, Objects, Users};
pub use preview::{Preview, Settled, Wish};
pub use stream::{Long, Stream, Text};

use crate::access::{Asker, Here};
use crate::models::Model;
use crate::version::Exactness;
use crate::work::{self, Turn, Work};
use crate::{Authz, fault};

/// Contextual tuples of one question.
const MOST_CONTEXTUAL: usize = 100;
/// For how long a question may be worked at.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// For how long it may keep a thread that serves others; what takes longer begins again on one that does not.
pub(crate) const INLINE: Duration = Duration::from_millis(2);

/// Who was let in, and everything a question of theirs is answered from.
#[derive(Clone)]
pub(crate) struct Asked {
    pub here: Here,
    pub model: Arc<Model>,
    pub graph: Graph,
    pub contextual: Vec<Tuple>,
    pub context: Context,
    pub work: Arc<Work>,
    pub turn: Turn,
}

/// What an answer was given from.
#[derive(Clone, Debug)]
pub struct Ground {
    pub store: StoreId,
    pub model: ModelId,
    pub version: u64,
}

/// What every question carries besides itself.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub model: String,
    pub contextual: Vec<Tuple>,
    pub context: Option<Context>,
    pub exactness: Exactness,
}

impl Asked {
    pub(crate) fn ground(&self) -> Ground {
        Ground { store: self.here.store.id, model: self.model.id, version: self.graph.version() }
    }

    /// Works at a question for so long at most.
    pub(crate) fn within<T>(&self, patience: Duration, work: impl FnOnce(&Question<'_>) -> T) -> T {
        let until = self.turn.until.min(Instant::now() + patience);
        let over = || self.turn.is_over(until);
        work(&Question {
            model: &self.model.compiled,
            graph: &self.graph,
            contextual: &self.contextual,
            context: &self.context,
            over: &over,
        })
    }

    /// Works away from the threads that serve others.
    pub(crate) async fn aside<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Outcome<T> {
        let (all, org, turn) = (self.work.clone(), self.here.store.org, self.turn.clone());
        work::for_turn(&all, org, turn, move |turn| work(&Self { turn, ..self })).await
    }

    /// The same where that is done in a moment more often than not.
    pub(crate) async fn try_aside<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> T + Clone + Send + 'static,
    ) -> Outcome<T> {
        let (all, org, turn) = (self.work.clone(), self.here.store.org, self.turn.clone());
        work::try_for_turn(&all, org, turn, move |turn| work(&Self { turn, ..self })).await
    }

    /// The same question, with all its time before it again.
    pub(crate) fn anew(self) -> Self {
        Self { turn: Turn::begin(), ..self }
    }
}

impl Authz {
    pub(crate) async fn asked(&self, asker: &Asker, store: &str, terms: Terms) -> Outcome<Asked> {
        let here = self.enter(asker, store, Level::Read).await?;
        self.asked_here(here, terms).await
    }

    pub(crate) async fn asked_here(&self, here: Here, terms: Terms) -> Outcome<Asked> {
        let Terms { model, contextual, context, exactness } = terms;
        if contextual.len() > MOST_CONTEXTUAL {
            let rule = format!("value must contain no more than {MOST_CONTEXTUAL} item(s)");
            return Err(fault::of_model(&ModelError::field("ContextualTupleKeys", "TupleKeys", &rule)));
        }
        let model = self.model(&here, Some(&model)).await?;
        let graph = self.graph(&here, exactness).await?;
        let (context, work, turn) = (context.unwrap_or_default(), self.0.work.clone(), Turn::begin());
        Ok(Asked { here, model, graph, contextual, context, work, turn })
    }
}

impl Asked {
    /// Tuples that come with a question have to fit the model as if they were written. What is wrong with a condition has
    /// another code than what is wrong with the rest; in a check it has the same.
    pub(crate) fn check_contextual(&self) -> Outcome<()> {
        self.contextual.iter().try_for_each(|tuple| {
            write_rules::check(&self.model.source, tuple).map_err(|reason| {
                let code = if reason.is_about_condition() { "validation_error" } else { "invalid_tuple" };
                Fault::invalid(code, reason.sentence(tuple))
            })
        })
    }
}

/// Codes 2021 and 2022: lists say by a code of their own what the model does not have.
fn check_named(model: &Model, type_name: &str, relation: &str) -> Outcome<()> {
    let unknown = match model.source.find_type(type_name) {
        None => Unanswered::TypeNotFound(type_name.to_owned()),
        Some(found) if found.relations.contains_key(relation) => return Ok(()),
        Some(_) => {
            Unanswered::RelationNotFound { type_name: type_name.to_owned(), relation: relation.to_owned() }
        }
    };
    Err(fault::unanswered(&unknown))
}

/// Code 2055: two contextual tuples of one key and different conditions, which would make the answer a matter of chance.
fn check_distinct(contextual: &[Tuple]) -> Outcome<()> {
    let mut seen = HashMap::new();
    for Tuple { key, condition } in contextual {
        if seen.insert(key, condition).is_some_and(|before| before != condition) {
            let text = format!(
                "duplicate contextual tuple in request: user: '{}', relation: '{}', object: '{}'",
                key.user, key.relation, key.object
            );
            return Err(Fault::invalid("duplicate_contextual_tuple", text));
        }
    }
    Ok(())
}

/// The key of a question, which [`crate::rules`] requires.
fn given(key: Option<crate::wire::TupleWire>) -> TupleKey {
    key.unwrap_or_default().key()
}
