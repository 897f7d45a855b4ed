//! Conditions: expressions in the Common Expression Language over typed parameters, which decide whether a grant holds.
//!
//! The language is what cel-go compiles and evaluates for OpenFGA: the same types, the same cross-type comparisons, the same
//! costs and the same limit of cost. Left out are protocol buffer messages, character classes by Unicode property in patterns,
//! and named time zones other than UTC: each is refused with an error, never guessed.

mod characters;
mod checker;
mod compare;
mod convert;
mod convert_to;
mod eval;
mod fault;
mod functions;
mod ip;
mod lexer;
mod literal;
mod macros;
mod number;
mod overloads;
mod parser;
mod pattern;
mod plan;
mod syntax;
mod time;
mod types;
mod value;
mod zone;

use crate::model::{Condition, ParameterType};
use crate::tuple::Context;

use checker::Checker;
use eval::{Evaluation, Lack};
use lexer::Complaint;
use plan::Node;
use types::Type;
use value::Value;

pub use characters::check_characters;
pub use fault::{CompileError, EvalError};

/// The longest expression, in bytes.
pub const LONGEST_EXPRESSION: usize = 512;

/// A condition ready to be evaluated.
#[derive(Debug)]
pub struct Program {
    parameters: Vec<(String, ParameterType)>,
    plan: Node,
}

impl Program {
    pub fn compile(condition: &Condition) -> Result<Self, CompileError> {
        if condition.expression.len() > LONGEST_EXPRESSION {
            return Err(CompileError::TooLong { limit: LONGEST_EXPRESSION });
        }
        let failed = |reason: String| CompileError::Expression { condition: condition.name.clone(), reason };
        let explain = |all: &[Complaint]| failed(explain(condition, all));
        let expr = parser::parse(&condition.expression).map_err(|all| explain(&all))?;
        let typed: Vec<(String, Type)> =
            condition.parameters.iter().map(|(name, of)| (name.clone(), Type::from(of))).collect();
        let mut checker = Checker::new(&typed);
        let (plan, gives) = checker.check(&expr);
        if !checker.complaints.is_empty() {
            return Err(explain(&checker.complaints));
        }
        if let Some(why) = checker.unplanned {
            return Err(failed(format!("condition expression construction: {why}")));
        }
        if gives != Type::Bool {
            let gives = gives.full_name();
            return Err(failed(format!("expected a bool condition expression output, but got '{gives}'")));
        }
        let parameters = condition.parameters.iter().map(|(name, of)| (name.clone(), of.clone())).collect();
        Ok(Self { parameters, plan })
    }

    /// Whether the condition holds. What the tuple says goes before what the request says.
    pub fn evaluate(&self, tuple: &Context, request: &Context) -> Result<bool, EvalError> {
        if self.parameters.is_empty() && !(tuple.is_empty() && request.is_empty()) {
            return Err(EvalError::Parameter("no parameters defined for the condition".to_owned()));
        }
        let mut values = Vec::with_capacity(self.parameters.len());
        let mut missing = Vec::new();
        for (name, wanted) in &self.parameters {
            let given = tuple.get(name).or_else(|| request.get(name));
            if given.is_none() {
                missing.push(name.clone());
            }
            values.push(given.map(|given| parameter(name, wanted, given)).transpose()?);
        }
        let outcome = Evaluation::new(&values).evaluate(&self.plan);
        match outcome {
            Err(Lack::Error(why)) => Err(EvalError::Failed(why)),
            Err(Lack::TooCostly) => {
                Err(EvalError::Failed("operation cancelled: actual cost limit exceeded".to_owned()))
            }
            _ if !missing.is_empty() => Err(EvalError::Missing(missing)),
            Ok(Value::Bool(found)) => Ok(found),
            Ok(_) | Err(Lack::Unknown) => Err(EvalError::Failed("no such overload".to_owned())),
        }
    }
}

fn parameter(name: &str, wanted: &ParameterType, given: &serde_json::Value) -> Result<Value, EvalError> {
    let failed = |why| EvalError::Parameter(format!("failed to convert context parameter '{name}': {why}"));
    convert::convert(wanted, given).map_err(failed)
}

/// Whether what a tuple says for a condition fits it: only declared parameters, each of its type. The reason otherwise.
pub fn check_tuple_context(condition: &Condition, context: &Context) -> Result<(), String> {
    check_characters(context)?;
    let declared = |name: &String| condition.parameters.get(name);
    for (name, given) in context {
        if let Some(wanted) = declared(name) {
            parameter(name, wanted, given)
                .map_err(|why| format!("parameter type error on condition '{}' - {why}", condition.name))?;
        }
    }
    match context.keys().find(|name| declared(name).is_none()) {
        Some(unknown) => Err(format!("found invalid context parameter: {unknown}")),
        None => Ok(()),
    }
}

/// Complaints with the lines they are about, as compilers show them.
fn explain(condition: &Condition, complaints: &[Complaint]) -> String {
    let mut ordered: Vec<&Complaint> = complaints.iter().collect();
    ordered.sort_by_key(|one| one.at);
    let shown: Vec<String> = ordered.iter().map(|one| show(condition, one)).collect();
    shown.join("\n")
}

fn show(condition: &Condition, complaint: &Complaint) -> String {
    let before: String = condition.expression.chars().take(complaint.at).collect();
    let line_number = before.matches('\n').count();
    let line = condition.expression.split('\n').nth(line_number).unwrap_or_default();
    let start = before.rsplit('\n').next().unwrap_or_default();
    let column = start.chars().count();
    // Characters beyond ASCII are pointed past, and at, with wide signs.
    let dots: String = start.chars().map(|c| if c.is_ascii() { '.' } else { '．' }).collect();
    let caret = if line.chars().nth(column).is_none_or(|c| c.is_ascii()) { '^' } else { '＾' };
    let (name, text) = (&condition.name, &complaint.text);
    // Where there is no text at all, there is no first column either.
    let column = if condition.expression.is_empty() { 0 } else { column + 1 };
    format!("ERROR: {name}:{}:{}: {text}\n | {line}\n | {dots}{caret}", line_number + 1, column)
}
