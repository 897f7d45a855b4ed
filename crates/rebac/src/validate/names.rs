//! What things may be called.

use std::collections::BTreeSet;

use super::invalid_relation;
use crate::fields::{RELATION, TYPE, Word};
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
    let pattern = |message: &str, field: String, word: &Word| {
        let rule = format!("value does not match regex pattern \"{}\"", word.shown);
        ModelError::field(message, &field, &rule)
    };
    let mut found = Vec::new();
    for one in &model.types {
        if !is_type(&one.name) {
            found.push(pattern("TypeDefinition", "Type".to_owned(), &TYPE));
        }
        let bad = one.relations.keys().filter(|relation| !is_relation(relation));
        found.extend(bad.map(|name| pattern("TypeDefinition", format!("Relations[{name}]"), &RELATION)));
    }
    for (name, one) in &model.conditions {
        if !is_relation(name) || !is_relation(&one.name) {
            found.push(pattern("Condition", "Name".to_owned(), &RELATION));
        }
        let bad = one.parameters.keys().filter(|name| !is_relation(name));
        found.extend(bad.map(|name| pattern("Condition", format!("Parameters[{name}]"), &RELATION)));
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
