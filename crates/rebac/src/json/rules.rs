//! How the fields of a model's document have to be written: OpenFGA's rules, in the order of its messages. What is of another
//! type than it should be is an error of its own.

use serde_json::Value;

use super::document::Document;
use crate::fields::{RELATION, REQUIRED, TYPE, Wrong};
use crate::model_error::ModelError;

const MOST_CONDITIONS: (usize, &str) = (25, "pair");
const MOST_PARAMETERS: (usize, &str) = (25, "pair");
const MOST_GENERIC_TYPES: (usize, &str) = (5, "item");
/// In bytes.
const LONGEST_EXPRESSION: usize = 512;
const LONGEST_OBJECT: usize = 256;
const LONGEST_RELATION: usize = 50;
/// The highest number of a parameter's type.
const LAST_TYPE: i64 = 11;

type Read = Result<(), ModelError>;

pub fn check(model: &Document<'_>) -> Read {
    let (mut wrong, message) = (Wrong::default(), "WriteAuthorizationModelRequest");
    let types = model.list("type_definitions")?;
    wrong.some_items(message, "TypeDefinitions", types.len());
    each(&mut wrong, &types, type_definition)?;
    if !matches!(model.text("schema_version")?, "1.0" | "1.1" | "1.2") {
        wrong.say(message, "SchemaVersion", "value must be in list [1.0 1.1 1.2]");
    }
    let conditions = model.map("conditions")?;
    wrong.most(message, "Conditions", conditions.len(), MOST_CONDITIONS);
    for (name, one) in &conditions {
        wrong.word(message, &format!("Conditions[{name}]"), name, &RELATION);
        within(&mut wrong, one, condition)?;
    }
    wrong.told()
}

fn within(wrong: &mut Wrong, one: &Document<'_>, look: fn(&mut Wrong, &Document<'_>) -> Read) -> Read {
    let mut read = Ok(());
    wrong.within(|wrong| read = look(wrong, one));
    read
}

fn each(wrong: &mut Wrong, all: &[Document<'_>], look: fn(&mut Wrong, &Document<'_>) -> Read) -> Read {
    all.iter().try_for_each(|one| within(wrong, one, look))
}

fn type_definition(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    let message = "TypeDefinition";
    wrong.word(message, "Type", one.text("type")?, &TYPE);
    for (name, rewrite) in one.map("relations")? {
        wrong.word(message, &format!("Relations[{name}]"), name, &RELATION);
        within(wrong, &rewrite, userset)?;
    }
    one.find("metadata")?.map_or(Ok(()), |metadata| within(wrong, &metadata, metadata_of_type))
}

/// The parts that have rules of their own, in the order of their numbers.
fn userset(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    if let Some(computed) = one.find("computed_userset")? {
        within(wrong, &computed, object_relation)?;
    }
    if let Some(ttu) = one.find("tuple_to_userset")? {
        within(wrong, &ttu, |wrong, ttu| {
            part(wrong, ttu, ("TupleToUserset", "Tupleset", "tupleset"), object_relation)?;
            part(wrong, ttu, ("TupleToUserset", "ComputedUserset", "computed_userset"), object_relation)
        })?;
    }
    for name in ["union", "intersection"] {
        if let Some(children) = one.find(name)? {
            each(wrong, &children.list("child")?, userset)?;
        }
    }
    one.find("difference")?.map_or(Ok(()), |difference| {
        within(wrong, &difference, |wrong, difference| {
            part(wrong, difference, ("Difference", "Base", "base"), userset)?;
            part(wrong, difference, ("Difference", "Subtract", "subtract"), userset)
        })
    })
}

/// A part that has to be there.
fn part(
    wrong: &mut Wrong,
    of: &Document<'_>,
    (message, field, name): (&str, &str, &str),
    look: fn(&mut Wrong, &Document<'_>) -> Read,
) -> Read {
    match of.find(name)? {
        Some(part) => within(wrong, &part, look),
        None => {
            wrong.say(message, field, REQUIRED);
            Ok(())
        }
    }
}

fn object_relation(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    wrong.most_bytes("ObjectRelation", "Object", one.text("object")?, LONGEST_OBJECT);
    wrong.most_bytes("ObjectRelation", "Relation", one.text("relation")?, LONGEST_RELATION);
    Ok(())
}

fn metadata_of_type(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    for (_, relation) in one.map("relations")? {
        within(wrong, &relation, metadata_of_relation)?;
    }
    source(wrong, "Metadata", one)
}

fn metadata_of_relation(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    each(wrong, &one.list("directly_related_user_types")?, reference)?;
    source(wrong, "RelationMetadata", one)
}

fn reference(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    let message = "RelationReference";
    wrong.word(message, "Type", one.text("type")?, &TYPE);
    wrong.word_if_given(message, "Condition", one.text("condition")?, &RELATION);
    wrong.word_if_given(message, "Relation", one.text("relation")?, &RELATION);
    Ok(())
}

fn source(wrong: &mut Wrong, message: &str, of: &Document<'_>) -> Read {
    wrong.word_if_given(message, "Module", of.text("module")?, &RELATION);
    let Some(info) = of.find("source_info")? else { return Ok(()) };
    let file = info.text("file")?;
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/');
    let name = file.strip_suffix(".fga").unwrap_or_default();
    let holds = file.is_empty() || (1..=100).contains(&name.len()) && name.bytes().all(fine);
    let shown = r"^[a-zA-Z0-9_\\-\\/]{1,100}\\.fga$";
    wrong.within(|wrong| wrong.pattern("SourceInfo", "File", holds, shown));
    Ok(())
}

fn condition(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    let message = "Condition";
    wrong.word(message, "Name", one.text("name")?, &RELATION);
    wrong.most_bytes(message, "Expression", one.text("expression")?, LONGEST_EXPRESSION);
    let parameters = one.map("parameters")?;
    wrong.most(message, "Parameters", parameters.len(), MOST_PARAMETERS);
    for (name, of) in &parameters {
        wrong.word(message, &format!("Parameters[{name}]"), name, &RELATION);
        within(wrong, of, parameter)?;
    }
    one.find("metadata")?.map_or(Ok(()), |metadata| {
        within(wrong, &metadata, |wrong, metadata| source(wrong, "ConditionMetadata", metadata))
    })
}

fn parameter(wrong: &mut Wrong, one: &Document<'_>) -> Read {
    let message = "ConditionParamTypeRef";
    if let Some(Value::Number(number)) = one.value("type_name")?
        && number.as_i64().is_some_and(|number| !(0..=LAST_TYPE).contains(&number))
    {
        wrong.say(message, "TypeName", "value must be one of the defined enum values");
    }
    let generic = one.list("generic_types")?;
    wrong.most(message, "GenericTypes", generic.len(), MOST_GENERIC_TYPES);
    each(wrong, &generic, parameter)
}
