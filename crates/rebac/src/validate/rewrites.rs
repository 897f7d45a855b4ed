//! Rewrites name relations that exist; what "from" goes through is a relation of tuples alone.

use super::invalid_relation;
use crate::model::{AuthorizationModel, ReferenceKind, TypeDefinition, TypeReference, Userset};
use crate::model_error::ModelError;

pub fn check(
    model: &AuthorizationModel,
    of: &TypeDefinition,
    relation: &str,
    rewrite: &Userset,
) -> Result<(), ModelError> {
    match rewrite {
        Userset::This => Ok(()),
        Userset::Computed(other) if other == relation => {
            Err(invalid_relation(&of.name, relation, "invalid userset rewrite definition"))
        }
        Userset::Computed(other) => defined(of, other),
        Userset::TupleToUserset { tupleset, computed } => through(model, of, tupleset, computed),
        Userset::Union(children) => all(model, of, relation, children, "union"),
        Userset::Intersection(children) => all(model, of, relation, children, "intersection"),
        Userset::Difference { base, subtract } => {
            check(model, of, relation, base)?;
            check(model, of, relation, subtract)
        }
    }
}

fn all(
    model: &AuthorizationModel,
    of: &TypeDefinition,
    relation: &str,
    children: &[Userset],
    kind: &str,
) -> Result<(), ModelError> {
    if children.len() < 2 {
        let place = format!("{}#{relation}", of.name);
        return Err(ModelError::invalid(format!(
            "invalid relation: '{place}' as {kind} has less than 2 children"
        )));
    }
    children.iter().try_for_each(|child| check(model, of, relation, child))
}

fn defined(of: &TypeDefinition, relation: &str) -> Result<(), ModelError> {
    if of.relations.contains_key(relation) {
        return Ok(());
    }
    Err(ModelError::invalid(format!("'{}#{relation}' relation is undefined", of.name)))
}

/// At least one of the types that the tupleset may name has the computed relation.
fn through(
    model: &AuthorizationModel,
    of: &TypeDefinition,
    tupleset: &str,
    computed: &str,
) -> Result<(), ModelError> {
    defined(of, tupleset)?;
    let Some(relation) = of.relations.get(tupleset) else { return Ok(()) };
    if relation.rewrite != Userset::This {
        return Err(ModelError::invalid(format!(
            "the '{}#{tupleset}' relation is referenced in at least one tupleset and thus must be a direct relation",
            of.name
        )));
    }
    let mut parents = relation.assignable.iter();
    if parents.any(|parent| model.find_relation(&parent.type_name, computed).is_some()) {
        return Ok(());
    }
    let named: Vec<_> = relation.assignable.iter().map(as_text).collect();
    Err(ModelError::invalid(format!(
        "undefined relation: {computed} does not appear as a relation in any of the directly related user types [{}]",
        named.join(" ")
    )))
}

/// A type as protobuf's text form shows it.
fn as_text(one: &TypeReference) -> String {
    let mut text = format!("type:\"{}\"", one.type_name);
    match &one.kind {
        ReferenceKind::Object => {}
        ReferenceKind::Wildcard => text.push_str(" wildcard:{}"),
        ReferenceKind::Userset(relation) => text.push_str(&format!(" relation:\"{relation}\"")),
    }
    if let Some(condition) = &one.condition {
        text.push_str(&format!(" condition:\"{condition}\""));
    }
    text
}
