//! A model made ready for questions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::bound::Bound;
use super::registry::Registry;
use crate::condition::{CompileError, Program};
use crate::model::{AuthorizationModel, Userset};

/// A model in which the engine can answer. One for each model and process: it remembers how it fits the graph.
pub struct Compiled {
    model: Arc<AuthorizationModel>,
    programs: Programs,
    /// In the numbers of the store it was first asked about, which is the only one but in tests.
    bound: OnceLock<Arc<Bound>>,
    others: Mutex<Vec<Arc<Bound>>>,
}

/// The conditions of a model, ready to be evaluated.
pub(super) type Programs = BTreeMap<String, Arc<Program>>;

/// Why a model cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncompiled {
    #[error("the model has two types of the name '{0}'; name each once")]
    Twice(String),
    #[error("'{0}#{1}' refers to the relation '{2}', which '{0}' does not have; define it there")]
    Undefined(String, String, String),
    #[error(transparent)]
    Condition(#[from] CompileError),
}

impl Compiled {
    /// Checks no more than the engine needs; whether a model is a good one is for [`crate::model`]'s own rules.
    pub fn new(model: Arc<AuthorizationModel>) -> Result<Self, Uncompiled> {
        let mut names = BTreeSet::new();
        for one in &model.types {
            if !names.insert(&one.name) {
                return Err(Uncompiled::Twice(one.name.clone()));
            }
            for (relation, definition) in &one.relations {
                let known = |name: &str| one.relations.contains_key(name);
                if let Some(missing) = undefined(&definition.rewrite, &known) {
                    return Err(Uncompiled::Undefined(
                        one.name.clone(),
                        relation.clone(),
                        missing.to_owned(),
                    ));
                }
            }
        }
        let mut programs = Programs::new();
        for (name, condition) in &model.conditions {
            programs.insert(name.clone(), Arc::new(Program::compile(condition)?));
        }
        Ok(Self { model, programs, bound: OnceLock::new(), others: Mutex::default() })
    }

    pub fn model(&self) -> &Arc<AuthorizationModel> {
        &self.model
    }

    pub(super) fn program(&self, condition: &str) -> Option<&Program> {
        self.programs.get(condition).map(|program| &**program)
    }

    /// Lends the model in the numbers of a store.
    #[inline]
    pub(super) fn within<T>(&self, registry: &Registry, ask: impl FnOnce(&Bound) -> T) -> T {
        let bound = self.bound.get_or_init(|| Arc::new(Bound::new(&self.model, &self.programs, registry)));
        if bound.registry == registry.id { ask(bound) } else { ask(&self.elsewhere(registry)) }
    }

    fn elsewhere(&self, registry: &Registry) -> Arc<Bound> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = others.iter().find(|one| one.registry == registry.id) {
            return known.clone();
        }
        let bound = Arc::new(Bound::new(&self.model, &self.programs, registry));
        others.push(bound.clone());
        bound
    }
}

fn undefined<'a>(rewrite: &'a Userset, known: &impl Fn(&str) -> bool) -> Option<&'a str> {
    match rewrite {
        Userset::This => None,
        Userset::Computed(name) | Userset::TupleToUserset { tupleset: name, .. } => {
            (!known(name)).then_some(name.as_str())
        }
        Userset::Union(children) | Userset::Intersection(children) => {
            children.iter().find_map(|child| undefined(child, known))
        }
        Userset::Difference { base, subtract } => {
            undefined(base, known).or_else(|| undefined(subtract, known))
        }
    }
}
