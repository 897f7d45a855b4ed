//! Conditions and the types of their parameters.

use serde_json::{Value, json};

use super::document::Document;
use super::{source, with_source};
use crate::model::{Condition, ParameterType};
use crate::model_error::ModelError;

/// By number, as protobuf's JSON also allows; 0 is "unspecified".
const NAMES: &[&str] = &[
    "TYPE_NAME_UNSPECIFIED",
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
    for (name, of) in one.map("parameters")? {
        parameters.insert(name.to_owned(), parameter(&of, 0)?);
    }
    Ok(Condition {
        name: one.text("name")?.to_owned(),
        expression: one.text("expression")?.to_owned(),
        parameters,
        source: one.find("metadata")?.as_ref().map(source).transpose()?.flatten(),
    })
}

fn parameter(one: &Document<'_>, depth: usize) -> Result<ParameterType, ModelError> {
    if depth > DEEPEST {
        return Err(one.refuse("a parameter's type may be nested 10 deep"));
    }
    let name = type_name(one)?;
    let generic = one.list("generic_types")?;
    let inner = |generic: &[Document<'_>]| match generic {
        [one] => Ok(Box::new(parameter(one, depth + 1)?)),
        other => {
            let found = other.len();
            Err(one.refuse(&format!(
                "condition parameter type `{name}` requires 1 generic types; found {found}"
            )))
        }
    };
    Ok(match name {
        "TYPE_NAME_ANY" => ParameterType::Any,
        "TYPE_NAME_BOOL" => ParameterType::Bool,
        "TYPE_NAME_STRING" => ParameterType::String,
        "TYPE_NAME_INT" => ParameterType::Int,
        "TYPE_NAME_UINT" => ParameterType::Uint,
        "TYPE_NAME_DOUBLE" => ParameterType::Double,
        "TYPE_NAME_DURATION" => ParameterType::Duration,
        "TYPE_NAME_TIMESTAMP" => ParameterType::Timestamp,
        "TYPE_NAME_IPADDRESS" => ParameterType::IpAddress,
        "TYPE_NAME_MAP" => ParameterType::Map(inner(&generic)?),
        "TYPE_NAME_LIST" => ParameterType::List(inner(&generic)?),
        _ => return Err(one.refuse(&format!("unknown condition parameter type `{name}`"))),
    })
}

fn type_name<'a>(one: &Document<'a>) -> Result<&'a str, ModelError> {
    match one.value("type_name")? {
        Some(Value::Number(number)) => {
            let name = number.as_u64().and_then(|at| NAMES.get(usize::try_from(at).ok()?));
            name.copied().ok_or_else(|| one.refuse(&format!("type_name: no type has the number {number}")))
        }
        None => Ok("TYPE_NAME_UNSPECIFIED"),
        Some(_) => one.text("type_name"),
    }
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
