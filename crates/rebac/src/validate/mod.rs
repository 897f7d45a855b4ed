//! Do the parts of a model fit together? Each breach in OpenFGA's words, and the first one is the one OpenFGA tells: names
//! and limits, then each relation in the order of types and relations, then the conditions.

mod conditions;
mod entrypoints;
mod limits;
mod names;
mod restrictions;
mod rewrites;

use crate::model::{AuthorizationModel, TypeDefinition};
use crate::model_error::ModelError;
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
    let relations = types.iter().flat_map(|one| one.relations.keys().map(move |relation| (*one, relation)));
    relations.filter_map(|(one, relation)| of_relation(model, one, relation).err()).collect()
}

fn of_relation(model: &AuthorizationModel, one: &TypeDefinition, name: &str) -> Result<(), ModelError> {
    let Some(relation) = one.relations.get(name) else { return Ok(()) };
    rewrites::check(model, one, name, &relation.rewrite)?;
    restrictions::check(model, &one.name, name, relation)?;
    entrypoints::check(model, &one.name, name)
}

/// What OpenFGA says of a relation whose definition makes no sense.
fn invalid_relation(type_name: &str, relation: &str, cause: &str) -> ModelError {
    ModelError::invalid(format!(
        "the definition of relation '{relation}' in object type '{type_name}' is invalid: {cause}"
    ))
}
