//! Tuples by chance, all of them such as the model takes.

use std::collections::BTreeSet;

use chancery_rebac::model::{AuthorizationModel, ReferenceKind};
use chancery_rebac::size::MOST_CONTEXT;
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};
use chancery_rebac::write_rules;
use serde_json::json;

use super::{Choices, OBJECTS};

pub fn grow(model: &AuthorizationModel, choices: &mut Choices<'_>, many: usize) -> Vec<Tuple> {
    let relations: Vec<_> = model
        .types
        .iter()
        .flat_map(|one| one.relations.iter().map(move |(name, relation)| (&one.name, name, relation)))
        .filter(|(_, _, relation)| !relation.assignable.is_empty())
        .collect();
    let mut seen = BTreeSet::new();
    let mut tuples = Vec::new();
    for _ in 0..many {
        let (type_name, name, relation) = *choices.of(&relations);
        let reference = choices.of(&relation.assignable);
        let object = format!("{type_name}:{}", choices.below(OBJECTS));
        let named = format!("{}:{}", reference.type_name, choices.below(OBJECTS));
        let user = match &reference.kind {
            ReferenceKind::Object => named,
            ReferenceKind::Wildcard => format!("{}:*", reference.type_name),
            ReferenceKind::Userset(relation) => format!("{named}#{relation}"),
        };
        let condition = reference.condition.as_ref().map(|name| condition(name, choices));
        let tuple = Tuple { key: TupleKey::new(&object, name, &user), condition };
        if write_rules::check_stored(model, &tuple, MOST_CONTEXT).is_ok() && seen.insert(tuple.key.clone()) {
            tuples.push(tuple);
        }
    }
    tuples
}

/// Some of the stored tuples again, each as the model also takes it: with another condition, another context or none. What a
/// request brings goes before what is stored.
pub fn shadows(model: &AuthorizationModel, stored: &[Tuple], choices: &mut Choices<'_>) -> Vec<Tuple> {
    let mut shadows: Vec<Tuple> = Vec::new();
    for _ in 0..choices.below(4).min(stored.len()) {
        let key = choices.of(stored).key.clone();
        let named = match choices.below(4) {
            0 | 1 => None,
            2 => Some(condition("cc", choices)),
            _ => Some(condition("dd", choices)),
        };
        let tuple = Tuple { key, condition: named };
        let is_new = shadows.iter().all(|one| one.key != tuple.key);
        if is_new && write_rules::check_stored(model, &tuple, MOST_CONTEXT).is_ok() {
            shadows.push(tuple);
        }
    }
    shadows
}

fn condition(name: &str, choices: &mut Choices<'_>) -> TupleCondition {
    let context = match (name, choices.below(4)) {
        (_, 0) => json!({ "x": 5 }),
        (_, 1) => json!({ "x": 1 }),
        ("dd", 2) => json!({ "x": 5, "y": "b" }),
        _ => json!({}),
    };
    TupleCondition { name: name.to_owned(), context: context.as_object().cloned().unwrap_or_default() }
}
