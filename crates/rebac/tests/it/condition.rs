//! Conditions, held to what OpenFGA 1.x answered: `tests/data/condition/cases.json` was recorded from it.

use std::collections::BTreeMap;

use chancery_rebac::condition::{CompileError, EvalError, Program, check_tuple_context};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::model::{Condition, ParameterType};
use chancery_rebac::tuple::{Context, TupleKey};
use serde_json::{Value, json};

/// `list<int>` and the like.
pub fn parameter_type(text: &str) -> ParameterType {
    let of = |text: &str| Box::new(parameter_type(text.trim_end_matches('>')));
    match text {
        "any" => ParameterType::Any,
        "bool" => ParameterType::Bool,
        "string" => ParameterType::String,
        "int" => ParameterType::Int,
        "uint" => ParameterType::Uint,
        "double" => ParameterType::Double,
        "duration" => ParameterType::Duration,
        "timestamp" => ParameterType::Timestamp,
        "ipaddress" => ParameterType::IpAddress,
        other => match other.split_once('<') {
            Some(("list", inner)) => ParameterType::List(of(inner)),
            Some(("map", inner)) => ParameterType::Map(of(inner)),
            _ => panic!("{other} is no type"),
        },
    }
}

pub fn condition(name: &str, parameters: &Value, expression: &str) -> Condition {
    let typed = |(name, of): (&String, &Value)| (name.clone(), parameter_type(of.as_str().unwrap()));
    let parameters: BTreeMap<String, ParameterType> =
        parameters.as_object().unwrap().iter().map(typed).collect();
    Condition { name: name.to_owned(), expression: expression.to_owned(), parameters, source: None }
}

/// The answer as the recording has it.
pub fn answer(condition: &Condition, tuple: &Context, request: &Context) -> String {
    let name = &condition.name;
    let program = match Program::compile(condition) {
        Ok(program) => program,
        Err(CompileError::Expression { condition, reason }) => {
            return format!("COMPILE '{condition}' - {reason}");
        }
        Err(other) => return other.to_string(),
    };
    match program.evaluate(tuple, request) {
        Ok(found) => found.to_string(),
        Err(error) => {
            let key = TupleKey::new("doc:1", name, "user:u");
            let text = Unanswered::by_condition(&key, name, &error).to_string();
            text.replace("failed to evaluate relationship condition: ", "")
        }
    }
}

#[test]
fn conditions_answer_as_openfga_does() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/condition/cases.json")).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let condition = condition("c0", &case["parameters"], case["expression"].as_str().unwrap());
        let found = answer(&condition, &Context::new(), case["context"].as_object().unwrap());
        let wanted = case["gives"].as_str().unwrap();
        if found != wanted {
            wrong.push(format!(
                "{} {}\n  wanted {wanted}\n  found  {found}",
                case["expression"], case["context"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_the_tuple_says_goes_before_what_the_request_says() {
    let condition = condition("c", &json!({"x": "int", "y": "int"}), "x == 1 && y == 2");
    let program = Program::compile(&condition).unwrap();
    let context = |of: Value| of.as_object().unwrap().clone();
    assert_eq!(program.evaluate(&context(json!({"x": 1})), &context(json!({"x": 7, "y": 2}))), Ok(true));
    assert_eq!(program.evaluate(&context(json!({"x": 7})), &context(json!({"x": 1, "y": 2}))), Ok(false));
    let missing = program.evaluate(&Context::new(), &context(json!({"z": 7})));
    assert_eq!(missing, Err(EvalError::Missing(vec!["x".to_owned(), "y".to_owned()])));
}

#[test]
fn a_tuple_may_only_say_what_its_condition_asks_for() {
    let condition = condition("c", &json!({"x": "int"}), "x == 1");
    let check = |of: Value| check_tuple_context(&condition, of.as_object().unwrap());
    assert_eq!(check(json!({"x": "5"})), Ok(()));
    assert_eq!(check(json!({})), Ok(()));
    assert_eq!(check(json!({"y": 5})), Err("found invalid context parameter: y".to_owned()));
    assert!(check(json!({"x": "five"})).unwrap_err().contains("expected a int64 value"));
}

#[test]
fn an_expression_has_at_most_512_bytes() {
    let long =
        |count: usize| condition("c", &json!({"x": "string"}), &format!("x == '{}'", "a".repeat(count)));
    assert!(Program::compile(&long(505)).is_ok());
    assert_eq!(Program::compile(&long(506)).unwrap_err(), CompileError::TooLong { limit: 512 });
}

#[test]
fn whatever_nests_too_deeply_is_refused() {
    for text in [
        "(".repeat(500),
        "[".repeat(500),
        "-".repeat(512),
        "!".repeat(512),
        "x.".repeat(250),
        "x?".repeat(250),
    ] {
        let condition = condition("c", &json!({"x": "bool"}), &text);
        assert!(matches!(Program::compile(&condition), Err(CompileError::Expression { .. })), "{text}");
    }
}
