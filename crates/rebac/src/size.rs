//! How many bytes OpenFGA counts for a context and for a model: those of their protobuf messages. All fields have numbers
//! below 16, so each begins with a tag of one byte.

use serde_json::Value;

use crate::model::{
    AuthorizationModel, Condition, ParameterType, ReferenceKind, Relation, Source, TypeDefinition,
    TypeReference, Userset,
};
use crate::tuple::{Context, Tuple, TupleKey};

/// The most a tuple's context may weigh.
pub const MOST_CONTEXT: usize = 32 * 1024;

/// Bytes of the values by name.
pub fn of_context(context: &Context) -> usize {
    context.iter().map(|(name, value)| field(field(name.len()) + field(of_value(value)))).sum()
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 2,
        Value::Number(_) => 9,
        Value::String(text) => field(text.len()),
        Value::Array(items) => field(items.iter().map(|item| field(of_value(item))).sum()),
        Value::Object(fields) => field(of_context(fields)),
    }
}

/// A field of that many bytes, with its tag and its length.
fn field(bytes: usize) -> usize {
    1 + length(bytes) + bytes
}

/// How many bytes a length takes, seven bits in each.
fn length(bytes: usize) -> usize {
    let bits = usize::BITS - bytes.leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

/// Bytes of a tuple without its condition.
pub fn of_key(key: &TupleKey) -> usize {
    text(&key.object) + text(&key.relation) + text(&key.user)
}

pub fn of_tuple(tuple: &Tuple) -> usize {
    let condition = tuple.condition.as_ref();
    let condition = condition.map_or(0, |one| field(text(&one.name) + field(of_context(&one.context))));
    of_key(&tuple.key) + condition
}

/// Bytes of what a model is expected to answer.
pub fn of_assertion(
    key: &TupleKey,
    expected: bool,
    contextual: &[Tuple],
    context: Option<&Context>,
) -> usize {
    let contextual = contextual.iter().map(|one| field(of_tuple(one)));
    let context = context.map_or(0, |context| field(of_context(context)));
    field(of_key(key)) + 2 * usize::from(expected) + contextual.sum::<usize>() + context
}

/// Bytes of a model with its id.
pub fn of_model(model: &AuthorizationModel) -> usize {
    let types: usize = model.types.iter().map(|one| field(of_type(one))).sum();
    let conditions = model.conditions.iter().map(|(name, one)| entry(name, of_condition(one)));
    let (id, schema) = (field(26), text(model.schema.as_str()));
    id + schema + types + conditions.sum::<usize>()
}

fn of_type(one: &TypeDefinition) -> usize {
    let relations: usize =
        one.relations.iter().map(|(name, one)| entry(name, of_userset(&one.rewrite))).sum();
    let of_relations = one.relations.iter().map(|(name, one)| entry(name, of_metadata(one)));
    let metadata = of_relations.sum::<usize>() + of_source(one.source.as_ref());
    text(&one.name) + relations + if metadata == 0 { 0 } else { field(metadata) }
}

fn of_metadata(one: &Relation) -> usize {
    let references = one.assignable.iter().map(|one| field(of_reference(one)));
    references.sum::<usize>() + of_source(one.source.as_ref())
}

fn of_reference(one: &TypeReference) -> usize {
    let kind = match &one.kind {
        ReferenceKind::Object => 0,
        ReferenceKind::Wildcard => field(0),
        ReferenceKind::Userset(relation) => text(relation),
    };
    text(&one.type_name) + kind + text(one.condition.as_deref().unwrap_or_default())
}

fn of_userset(one: &Userset) -> usize {
    field(match one {
        Userset::This => 0,
        Userset::Computed(relation) => text(relation),
        Userset::TupleToUserset { tupleset, computed } => field(text(tupleset)) + field(text(computed)),
        Userset::Union(children) | Userset::Intersection(children) => {
            children.iter().map(|child| field(of_userset(child))).sum()
        }
        Userset::Difference { base, subtract } => field(of_userset(base)) + field(of_userset(subtract)),
    })
}

fn of_condition(one: &Condition) -> usize {
    let parameters = one.parameters.iter().map(|(name, of)| entry(name, of_parameter(of)));
    let metadata = of_source(one.source.as_ref());
    text(&one.name)
        + text(&one.expression)
        + parameters.sum::<usize>()
        + if metadata == 0 { 0 } else { field(metadata) }
}

/// The type's number takes two bytes.
fn of_parameter(one: &ParameterType) -> usize {
    match one {
        ParameterType::List(inner) | ParameterType::Map(inner) => 2 + field(of_parameter(inner)),
        _ => 2,
    }
}

fn of_source(source: Option<&Source>) -> usize {
    let Some(source) = source else { return 0 };
    text(&source.module) + if source.file.is_empty() { 0 } else { field(text(&source.file)) }
}

/// Empty text is not written.
fn text(text: &str) -> usize {
    if text.is_empty() { 0 } else { field(text.len()) }
}

fn entry(name: &str, bytes: usize) -> usize {
    field(text(name) + field(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contexts_weigh_what_protobuf_needs() {
        let weighed = |value: Value| of_context(value.as_object().expect("an object"));
        assert_eq!(weighed(json!({})), 0);
        // Entry (2) of a name (2 + 1) and a value (2) that is a number (9).
        assert_eq!(weighed(json!({ "x": 1 })), 2 + 3 + 2 + 9);
        // Text of 200 bytes: its length takes two bytes, as do those of the value and the entry.
        assert_eq!(weighed(json!({ "x": "y".repeat(200) })), 3 + 3 + 3 + 3 + 200);
        assert_eq!(weighed(json!({ "x": [true, null] })), 2 + 3 + 2 + (2 + 2 * (2 + 2)));
    }
}
