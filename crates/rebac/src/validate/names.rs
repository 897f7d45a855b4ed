//! What things may be called.

use std::collections::BTreeSet;

use super::invalid_relation;
use crate::model::{AuthorizationModel, TypeDefinition};
use crate::model_error::ModelError;
use crate::names::{is_relation, is_type};

const RESERVED: [&str; 2] = ["self", "this"];

pub fn find(model: &AuthorizationModel) -> Vec<ModelError> {
    let mut found = misnamed(model);
    let mut seen = BTreeSet::new();
    if !model.types.iter().all(|one| seen.insert(&one.name)) {
        found.push(ModelError::invalid("an authorization model cannot contain duplicate types"));
    }
    for one in &model.types {
        found.extend(reserved(one));
    }
    found
}

/// Names that break the pattern of their kind.
fn misnamed(model: &AuthorizationModel) -> Vec<ModelError> {
    let pattern = |place: String, longest: usize| {
        ModelError::shape(format!(
            "{place}: value does not match regex pattern \"^[^:#@\\\\s]{{1,{longest}}}$\""
        ))
    };
    let mut found = Vec::new();
    for (at, one) in model.types.iter().enumerate() {
        if one.name.is_empty() {
            found.push(ModelError::invalid("the type name of a type definition cannot be an empty string"));
        } else if !is_type(&one.name) {
            found.push(pattern(format!("type_definitions[{at}].type"), 254));
        }
        let bad = one.relations.keys().filter(|relation| !is_relation(relation));
        found.extend(bad.map(|relation| match relation.as_str() {
            "" => ModelError::invalid(format!(
                "type '{}' defines a relation with an empty string for a name",
                one.name
            )),
            _ => pattern(format!("type_definitions[{at}].relations[{relation}]"), 50),
        }));
    }
    for (name, one) in &model.conditions {
        let names = std::iter::once(name).chain([&one.name]).chain(one.parameters.keys());
        let bad = names.filter(|name| !is_relation(name));
        found.extend(bad.map(|bad| pattern(format!("conditions[{name}]: '{bad}'"), 50)));
    }
    found
}

fn reserved(one: &TypeDefinition) -> Vec<ModelError> {
    let cause = "self and this are reserved keywords";
    let mut found = Vec::new();
    if RESERVED.contains(&one.name.as_str()) {
        found.push(ModelError::invalid(format!("the definition of type '{}' is invalid", one.name)));
    }
    let relations = one.relations.keys().filter(|relation| RESERVED.contains(&relation.as_str()));
    found.extend(relations.map(|relation| invalid_relation(&one.name, relation, cause)));
    found
}
