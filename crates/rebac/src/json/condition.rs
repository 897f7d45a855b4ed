//! Conditions and the types of their parameters.

use serde_json::{Value, json};

use super::document::Document;
use super::{source, with_source};
use crate::model::{Condition, ParameterType};
use crate::model_error::ModelError;

const UNSPECIFIED: &str = "TYPE_NAME_UNSPECIFIED";
/// By number, as protobuf's JSON also allows.
const NAMES: &[&str] = &[
    UNSPECIFIED,
    "TYPE_NAME_ANY",
    "TYPE_NAME_BOOL",
    "TYPE_NAME_STRING",
    "TYPE_NAME_INT",
    "TYPE_NAME_UINT",
    "TYPE_NAME_DOUBLE",
    "TYPE_NAME_DURATION",
    "TYPE_NAME_TIMESTAMP",
    "TYPE_NAME_MAP",
    "TYPE_NAME_LIST",
    "TYPE_NAME_IPADDRESS",
];

/// A list of lists of lists … : deeper than any value a condition can look into.
const DEEPEST: usize = 10;

pub fn read(one: &Document<'_>) -> Result<Condition, ModelError> {
    let mut parameters = std::collections::BTreeMap::new();
    let condition = one.text("name")?;
    for (name, of) in one.map("parameters")? {
        let read = parameter(&of, 0)?.map_err(|why| {
            ModelError::invalid(format!(
                "failed to compile expression on condition '{condition}' - failed to decode parameter type for parameter \
                 '{name}': {why}"
            ))
        })?;
        parameters.insert(name.to_owned(), read);
    }
    Ok(Condition {
        name: condition.to_owned(),
        expression: one.text("expression")?.to_owned(),
        parameters,
        source: one.find("metadata")?.as_ref().map(source).transpose()?.flatten(),
    })
}

/// The type, or what is wrong with it.
fn parameter(one: &Document<'_>, depth: usize) -> Result<Result<ParameterType, String>, ModelError> {
    if depth > DEEPEST {
        return Err(one.refuse("a parameter's type may be nested 10 deep"));
    }
    let (name, generic) = (type_name(one)?, one.list("generic_types")?);
    let inner = match generic.first() {
        Some(first) => Some(parameter(first, depth + 1)?),
        None => None,
    };
    let wanted = usize::from(matches!(name, "TYPE_NAME_MAP" | "TYPE_NAME_LIST"));
    if generic.len() != wanted && name != UNSPECIFIED {
        let found = generic.len();
        return Ok(Err(format!(
            "condition parameter type `{name}` requires {wanted} generic types; found {found}"
        )));
    }
    Ok(match (name, inner) {
        ("TYPE_NAME_MAP", Some(inner)) => inner.map(|inner| ParameterType::Map(Box::new(inner))),
        ("TYPE_NAME_LIST", Some(inner)) => inner.map(|inner| ParameterType::List(Box::new(inner))),
        _ => plain(name).ok_or_else(|| format!("unknown condition parameter type `{name}`")),
    })
}

fn plain(name: &str) -> Option<ParameterType> {
    Some(match name {
        "TYPE_NAME_ANY" => ParameterType::Any,
        "TYPE_NAME_BOOL" => ParameterType::Bool,
        "TYPE_NAME_STRING" => ParameterType::String,
        "TYPE_NAME_INT" => ParameterType::Int,
        "TYPE_NAME_UINT" => ParameterType::Uint,
        "TYPE_NAME_DOUBLE" => ParameterType::Double,
        "TYPE_NAME_DURATION" => ParameterType::Duration,
        "TYPE_NAME_TIMESTAMP" => ParameterType::Timestamp,
        "TYPE_NAME_IPADDRESS" => ParameterType::IpAddress,
        _ => return None,
    })
}

/// What nobody knows by its name is as good as unspecified.
fn type_name(one: &Document<'_>) -> Result<&'static str, ModelError> {
    Ok(match one.value("type_name")? {
        Some(Value::Number(number)) => {
            let name = number.as_u64().and_then(|at| NAMES.get(usize::try_from(at).ok()?));
            name.copied().ok_or_else(|| one.refuse(&format!("type_name: no type has the number {number}")))?
        }
        None => UNSPECIFIED,
        Some(_) => {
            let given = one.text("type_name")?;
            NAMES.iter().copied().find(|name| *name == given).unwrap_or(UNSPECIFIED)
        }
    })
}

pub fn write(one: &Condition) -> Value {
    let parameters = one.parameters.iter().map(|(name, of)| (name.clone(), write_parameter(of)));
    json!({
        "name": one.name,
        "expression": one.expression,
        "parameters": parameters.collect::<serde_json::Map<_, _>>(),
        "metadata": one.source.as_ref().map(|source| with_source(json!({}), Some(source))),
    })
}

fn write_parameter(one: &ParameterType) -> Value {
    let generic: Vec<Value> = match one {
        ParameterType::List(inner) | ParameterType::Map(inner) => vec![write_parameter(inner)],
        _ => Vec::new(),
    };
    json!({ "type_name": one.type_name(), "generic_types": generic })
}

impl ParameterType {
    /// As JSON names the type, without what is in it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Any => "TYPE_NAME_ANY",
            Self::Bool => "TYPE_NAME_BOOL",
            Self::String => "TYPE_NAME_STRING",
            Self::Int => "TYPE_NAME_INT",
            Self::Uint => "TYPE_NAME_UINT",
            Self::Double => "TYPE_NAME_DOUBLE",
            Self::Duration => "TYPE_NAME_DURATION",
            Self::Timestamp => "TYPE_NAME_TIMESTAMP",
            Self::IpAddress => "TYPE_NAME_IPADDRESS",
            Self::Map(_) => "TYPE_NAME_MAP",
            Self::List(_) => "TYPE_NAME_LIST",
        }
    }
}
