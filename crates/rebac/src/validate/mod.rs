//! Do the parts of a model fit together? Each breach in OpenFGA's words, and the first one is the one OpenFGA tells: names
//! and limits, then each relation in the order of types and relations, then the conditions.

mod conditions;
mod entrypoints;
mod limits;
mod names;
mod restrictions;
mod rewrites;

use std::collections::BTreeSet;

use crate::model::{AuthorizationModel, TypeDefinition, Userset};
use crate::model_error::ModelError;
use entrypoints::Effort;
pub use limits::{MOST_BYTES, MOST_TYPES};

pub fn check(model: &AuthorizationModel) -> Result<(), Vec<ModelError>> {
    let mut errors = limits::find(model);
    // What a name or a limit makes doubtful is not looked at closer.
    if errors.is_empty() {
        errors = names::find(model);
    }
    if errors.is_empty() {
        errors.extend(of_relations(model));
        errors.extend(conditions::find(model));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// One for each relation at most: the later rules rest on the earlier.
fn of_relations(model: &AuthorizationModel) -> Vec<ModelError> {
    let mut types: Vec<&TypeDefinition> = model.types.iter().collect();
    types.sort_by_key(|one| &one.name);
    let (effort, mut found) = (Effort::default(), Vec::new());
    for one in types {
        let tuplesets = tuplesets(one);
        for (name, relation) in &one.relations {
            let checked = rewrites::check(model, one, name, &relation.rewrite)
                .and_then(|()| {
                    let is_tupleset = tuplesets.contains(name.as_str());
                    restrictions::check(model, &one.name, name, relation, is_tupleset)
                })
                .and_then(|()| entrypoints::check(model, &one.name, name, &effort));
            found.extend(checked.err());
        }
    }
    found
}

/// The relations that "from" goes through.
fn tuplesets(one: &TypeDefinition) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rewrites: Vec<&Userset> = one.relations.values().map(|relation| &relation.rewrite).collect();
    while let Some(rewrite) = rewrites.pop() {
        match rewrite {
            Userset::This | Userset::Computed(_) => {}
            Userset::TupleToUserset { tupleset, .. } => {
                found.insert(tupleset.as_str());
            }
            Userset::Union(children) | Userset::Intersection(children) => rewrites.extend(children),
            Userset::Difference { base, subtract } => rewrites.extend([&**base, &**subtract]),
        }
    }
    found
}

/// What OpenFGA says of a relation whose definition makes no sense.
pub(crate) fn invalid_relation(type_name: &str, relation: &str, cause: &str) -> ModelError {
    ModelError::invalid(format!(
        "the definition of relation '{relation}' in object type '{type_name}' is invalid: {cause}"
    ))
}
