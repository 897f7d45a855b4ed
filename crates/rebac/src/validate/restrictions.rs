//! Whom a relation's tuples may name: types, relations and conditions that exist, and plain objects where "from" goes through.

use crate::model::{AuthorizationModel, ReferenceKind, Relation, TypeReference, Userset};
use crate::model_error::ModelError;

pub fn check(
    model: &AuthorizationModel,
    type_name: &str,
    name: &str,
    relation: &Relation,
    is_tupleset: bool,
) -> Result<(), ModelError> {
    match (takes_tuples(&relation.rewrite), relation.assignable.is_empty()) {
        (true, true) => {
            return Err(ModelError::invalid(format!(
                "the assignable relation '{name}' in object type '{type_name}' must contain at least one relation type"
            )));
        }
        (false, false) => {
            return Err(ModelError::invalid(format!(
                "the non-assignable relation '{name}' in object type '{type_name}' should not contain a relation type"
            )));
        }
        _ => {}
    }
    for reference in &relation.assignable {
        if !exists(model, reference, is_tupleset) {
            return Err(ModelError::invalid(format!(
                "the relation type '{}' on '{name}' in object type '{type_name}' is not valid",
                named(reference)
            )));
        }
        let condition =
            reference.condition.as_ref().filter(|condition| !model.conditions.contains_key(*condition));
        if let Some(condition) = condition {
            return Err(ModelError::invalid(format!(
                "condition {condition} is undefined for relation {name}"
            )));
        }
    }
    Ok(())
}

pub fn takes_tuples(rewrite: &Userset) -> bool {
    match rewrite {
        Userset::This => true,
        Userset::Computed(_) | Userset::TupleToUserset { .. } => false,
        Userset::Union(children) | Userset::Intersection(children) => children.iter().any(takes_tuples),
        Userset::Difference { base, subtract } => takes_tuples(base) || takes_tuples(subtract),
    }
}

fn exists(model: &AuthorizationModel, reference: &TypeReference, is_tupleset: bool) -> bool {
    let type_exists = model.find_type(&reference.type_name).is_some();
    match &reference.kind {
        ReferenceKind::Object => type_exists,
        ReferenceKind::Wildcard => type_exists && !is_tupleset,
        ReferenceKind::Userset(relation) => {
            !is_tupleset && model.find_relation(&reference.type_name, relation).is_some()
        }
    }
}

fn named(reference: &TypeReference) -> String {
    match &reference.kind {
        ReferenceKind::Userset(relation) => format!("{}#{relation}", reference.type_name),
        _ => reference.type_name.clone(),
    }
}
