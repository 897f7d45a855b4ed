//! The condition parser, its checker and its evaluator: whatever the expression, no panic, no endless loop, and what compiles
//! answers the same twice.

#![no_main]

use std::collections::BTreeMap;

use chancery_rebac::condition::Program;
use chancery_rebac::model::{Condition, ParameterType};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

fn parameters() -> BTreeMap<String, ParameterType> {
    let list = |of| ParameterType::List(Box::new(of));
    [
        ("i", ParameterType::Int),
        ("u", ParameterType::Uint),
        ("d", ParameterType::Double),
        ("s", ParameterType::String),
        ("b", ParameterType::Bool),
        ("l", list(ParameterType::Int)),
        ("ls", list(ParameterType::String)),
        ("m", ParameterType::Map(Box::new(ParameterType::Int))),
        ("ts", ParameterType::Timestamp),
        ("du", ParameterType::Duration),
        ("ip", ParameterType::IpAddress),
        ("a", ParameterType::Any),
    ]
    .map(|(name, of)| (name.to_owned(), of))
    .into()
}

fn context() -> Map<String, Value> {
    let value = json!({
        "i": 3, "u": 4, "d": 1.5, "s": "abc", "b": true, "l": [1, 2], "ls": ["a", "b"], "m": {"k": 1},
        "ts": "2024-02-29T12:34:56.789+01:00", "du": "90m", "ip": "10.1.1.1", "a": {"x": [1, {"y": null}]},
    });
    value.as_object().cloned().unwrap_or_default()
}

fuzz_target!(|data: &str| {
    let condition = Condition {
        name: "c".to_owned(),
        expression: data.to_owned(),
        parameters: parameters(),
        source: None,
    };
    let Ok(program) = Program::compile(&condition) else { return };
    let full = context();
    let mut some = full.clone();
    some.remove("i");
    some.remove("l");
    assert_eq!(program.evaluate(&full, &Map::new()), program.evaluate(&Map::new(), &full));
    let _ = program.evaluate(&some, &Map::new());
});
