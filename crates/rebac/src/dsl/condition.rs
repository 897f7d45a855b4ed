//! `condition name(parameter: type, …) { expression }`; the expression is taken as it stands.

use std::collections::BTreeMap;

use super::error::DslError;
use super::parser::Parser;
use super::token::Token;
use crate::model::{Condition, ParameterType};

const TYPES: &str = "bool, string, int, uint, double, duration, timestamp, ipaddress, any, list<…> or map<…>";

pub fn read(parser: &mut Parser<'_>) -> Result<Condition, DslError> {
    let name = parser.name("a condition's name")?;
    parser.sign("(", "parameters follow in parentheses: `condition name(x: int) { … }`")?;
    let mut parameters = BTreeMap::new();
    loop {
        let place = parser.tokens().peek();
        let parameter = parser.name_anywhere("a parameter's name")?;
        parser.sign(":", "say each parameter's type: `x: int`")?;
        if parameters.insert(parameter.clone(), parameter_type(parser)?).is_some() {
            return Err(place.wrong(&format!("parameter `{parameter}` is already there: rename one")));
        }
        let next = parser.tokens().next();
        match next.text {
            "," => {}
            ")" => break,
            _ => {
                let mend = "separate parameters with `,` and close them with `)`";
                return Err(next.wrong(&next.instead_of("`,` or `)`", mend)));
            }
        }
    }
    parser.sign("{", "the expression follows in braces")?;
    let expression = parser.tokens().body()?.trim().to_owned();
    Ok(Condition { name, expression, parameters, source: None })
}

fn parameter_type(parser: &mut Parser<'_>) -> Result<ParameterType, DslError> {
    let word = parser.tokens().next();
    match word.text {
        "list" => Ok(ParameterType::List(Box::new(within(parser)?))),
        "map" => Ok(ParameterType::Map(Box::new(within(parser)?))),
        _ => simple(&word),
    }
}

/// `<type>`
fn within(parser: &mut Parser<'_>) -> Result<ParameterType, DslError> {
    parser.sign("<", "say what is in it: `list<string>`")?;
    let word = parser.tokens().next();
    let inner = simple(&word)?;
    parser.sign(">", "close it with `>`")?;
    Ok(inner)
}

fn simple(word: &Token<'_>) -> Result<ParameterType, DslError> {
    Ok(match word.text {
        "any" => ParameterType::Any,
        "bool" => ParameterType::Bool,
        "string" => ParameterType::String,
        "int" => ParameterType::Int,
        "uint" => ParameterType::Uint,
        "double" => ParameterType::Double,
        "duration" => ParameterType::Duration,
        "timestamp" => ParameterType::Timestamp,
        "ipaddress" => ParameterType::IpAddress,
        _ => return Err(word.wrong(&word.instead_of("a parameter's type", &format!("one of {TYPES}")))),
    })
}

impl ParameterType {
    /// As the text form names it.
    pub fn dsl_name(&self) -> String {
        match self {
            Self::List(inner) => format!("list<{}>", inner.dsl_name()),
            Self::Map(inner) => format!("map<{}>", inner.dsl_name()),
            other => other.type_name().trim_start_matches("TYPE_NAME_").to_lowercase(),
        }
    }
}
