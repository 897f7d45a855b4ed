//! Conditions against the real OpenFGA: random expressions and contexts, the same answers to the letter.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::condition::{answer, condition};
use crate::condition_writer::{Dice, Sort, Writer};
use crate::openfga::{OpenFga, Question};

/// Every parameter an expression may use, by type.
const PARAMETERS: &[(&str, &str)] = &[
    ("i", "int"),
    ("j", "int"),
    ("u", "uint"),
    ("d", "double"),
    ("s", "string"),
    ("t", "string"),
    ("b", "bool"),
    ("l", "list<int>"),
    ("ls", "list<string>"),
    ("m", "map<int>"),
    ("ts", "timestamp"),
    ("tt", "timestamp"),
    ("du", "duration"),
    ("ip", "ipaddress"),
    ("a", "any"),
];

/// A value for a parameter: mostly of its type, now and then not.
fn value(dice: &mut Dice, of: &str) -> Value {
    let texts = [
        "",
        "a",
        "abc",
        "ac",
        "b",
        "10",
        "ABC",
        "äöü€",
        "k",
        "1h",
        "2024-01-01T00:00:00Z",
        "10.0.0.0/8",
        "a(",
        "[bc]+",
        "-5",
        "1.5",
        "true",
    ];
    let ints = [
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(5),
        json!("7"),
        json!(9_007_199_254_740_993_i64),
        json!("9223372036854775807"),
        json!("-9223372036854775808"),
        json!(1.5),
        json!("x"),
    ];
    let doubles = [
        json!(0),
        json!(1.5),
        json!(-2.25),
        json!(1e21),
        json!(1e-7),
        json!(123_456_789),
        json!("1e400"),
        json!("2.5"),
        json!(1_000_000),
    ];
    let times = [
        "2024-01-01T00:00:00Z",
        "2024-02-29T23:59:59.123456789+05:30",
        "1969-12-31T23:59:59.5Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2023-07-04T12:00:00-08:00",
    ];
    let durations = ["0s", "1h", "-90m", "1.5s", "100ms", "1ns", "2562047h47m16.854775807s", "3us", "36h"];
    let addresses = ["10.1.1.1", "192.168.0.1", "::1", "2001:db8::5", "::ffff:10.2.3.4", "fe80::1%eth0"];
    let text = |dice: &mut Dice, of: &[&str]| json!(of[dice.roll(of.len())]);
    if dice.roll(60) == 0 {
        return [json!(true), json!("?"), json!(null), json!([1]), json!({"a": 1}), json!(1.25)]
            [dice.roll(6)]
        .clone();
    }
    match of {
        "int" => {
            let most = if dice.roll(8) == 0 { ints.len() } else { 9 };
            ints[dice.roll(most)].clone()
        }
        "uint" => [json!(0), json!(1), json!(3), json!("12"), json!("18446744073709551615"), json!(-1)]
            [dice.roll(5)]
        .clone(),
        "double" => doubles[dice.roll(doubles.len())].clone(),
        "string" => text(dice, &texts),
        "bool" => json!(dice.roll(2) == 0),
        "list<int>" => (0..dice.roll(4)).map(|_| ints[dice.roll(5)].clone()).collect(),
        "list<string>" => (0..dice.roll(4)).map(|_| text(dice, &texts)).collect(),
        "map<int>" => [json!({}), json!({"k": 1}), json!({"a": 2, "k": 0}), json!({"": 3, "abc": -1})]
            [dice.roll(4)]
        .clone(),
        "timestamp" => text(dice, &times),
        "duration" => text(dice, &durations),
        "ipaddress" => text(dice, &addresses),
        _ => [
            json!({"x": 1, "y": {"z": "a"}}),
            json!([1, "a", 2.5]),
            json!("abc"),
            json!(2),
            json!(true),
            json!({"x": null}),
            json!({"x": [1], "y": {}}),
        ][dice.roll(7)]
        .clone(),
    }
}

/// A condition over the parameters its expression names, with padding that brings its cost near the limit now and then.
struct Case {
    expression: String,
    parameters: Map<String, Value>,
}

impl Case {
    fn random(dice: &mut Dice) -> Self {
        loop {
            let depth = 1 + dice.roll(4);
            let mut writer = Writer::new(dice);
            let mut expression = writer.write(Sort::Bool, depth);
            if dice.roll(3) == 0 {
                expression = format!("pad.all(p, p == 0) && pad2.all(p, true) && ({expression})");
            }
            if expression.len() > 500 {
                continue;
            }
            let words: BTreeSet<&str> =
                expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
            let extra = if dice.roll(10) == 0 { dice.roll(PARAMETERS.len()) } else { usize::MAX };
            let mut parameters: Map<String, Value> = PARAMETERS
                .iter()
                .enumerate()
                .filter(|(place, (name, _))| words.contains(name) || *place == extra)
                .map(|(_, (name, of))| ((*name).to_owned(), json!(of)))
                .collect();
            if words.contains("pad") {
                parameters.insert("pad".to_owned(), json!("list<int>"));
                parameters.insert("pad2".to_owned(), json!("list<int>"));
            }
            if parameters.is_empty() {
                parameters.insert("i".to_owned(), json!("int"));
            }
            return Self { expression, parameters };
        }
    }

    fn context(&self, dice: &mut Dice) -> Value {
        let mut context = Map::new();
        for (name, of) in &self.parameters {
            let given = match name.as_str() {
                "pad" => Value::from(vec![0; dice.roll(20)]),
                "pad2" => Value::from(vec![0; dice.roll(6)]),
                _ if dice.roll(40) == 0 => continue,
                _ => value(dice, of.as_str().unwrap()),
            };
            context.insert(name.clone(), given);
        }
        Value::Object(context)
    }
}

/// As the JSON of models has it.
fn typed(of: &str) -> Value {
    match of.split_once('<') {
        Some((outer, inner)) => json!({
            "type_name": format!("TYPE_NAME_{}", outer.to_uppercase()),
            "generic_types": [typed(inner.trim_end_matches('>'))],
        }),
        None => json!({ "type_name": format!("TYPE_NAME_{}", of.to_uppercase()) }),
    }
}

/// A relation for each condition, and one tuple each.
fn model_of(cases: &[(String, &Case)]) -> (Value, Value) {
    let mut relations = Map::new();
    let mut metadata = Map::new();
    let mut conditions = Map::new();
    let mut tuples = Vec::new();
    for (name, case) in cases {
        relations.insert(name.clone(), json!({"this": {}}));
        metadata.insert(
            name.clone(),
            json!({"directly_related_user_types": [{"type": "user", "condition": name}]}),
        );
        let parameters: Map<String, Value> =
            case.parameters.iter().map(|(name, of)| (name.clone(), typed(of.as_str().unwrap()))).collect();
        conditions.insert(
            name.clone(),
            json!({"name": name, "expression": case.expression, "parameters": parameters}),
        );
        tuples.push(json!({"user": "user:u", "relation": name, "object": "doc:1", "condition": {"name": name, "context": {}}}));
    }
    let types = json!([{"type": "user"}, {"type": "doc", "relations": relations, "metadata": {"relations": metadata}}]);
    (
        json!({"schema_version": "1.1", "type_definitions": types, "conditions": conditions}),
        Value::from(tuples),
    )
}

const CONDITIONS: usize = 25;
const CONTEXTS: usize = 24;

fn ours(name: &str, case: &Case, context: &Value) -> String {
    let condition = condition(name, &Value::Object(case.parameters.clone()), &case.expression);
    answer(&condition, &Map::new(), context.as_object().unwrap())
}

/// What is refused breaks the whole model, so it is asked about by itself.
fn refusal(fga: &OpenFga, name: &str, case: &Case) -> String {
    let (model, tuples) = model_of(&[(name.to_owned(), case)]);
    match fga.check(&model, &tuples, &[]) {
        Ok(_) => "accepted".to_owned(),
        Err(text) => match text.split_once("failed to compile expression on condition ") {
            Some((_, after)) => format!("COMPILE {}", after.trim_end()),
            None => text,
        },
    }
}

/// Of several parameters of the wrong type OpenFGA names any.
fn same(wanted: &str, found: &str) -> bool {
    let parameter = |text: &str| {
        let (start, rest) = text.split_once("failed to convert context parameter '")?;
        Some((start.to_owned(), rest.split_once('\'')?.0.to_owned()))
    };
    match (parameter(wanted), parameter(found)) {
        (Some((start, name)), Some((other_start, other_name))) if name != other_name => start == other_start,
        _ => wanted.trim_end() == found.trim_end(),
    }
}

fn compare(fga: &OpenFga, seed: u64, wrong: &mut Vec<String>) -> usize {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut accepted = Vec::new();
    let mut asked = 0;
    while accepted.len() < CONDITIONS {
        let case = Case::random(&mut dice);
        let name = format!("c{}", accepted.len());
        let found = ours(&name, &case, &json!({}));
        if !found.starts_with("COMPILE") {
            accepted.push(case);
            continue;
        }
        asked += 1;
        let wanted = refusal(fga, &name, &case);
        if found != wanted {
            wrong.push(format!("{}\n  wanted {wanted}\n  found  {found}", case.expression));
        }
    }
    let named: Vec<(String, &Case)> =
        accepted.iter().enumerate().map(|(at, case)| (format!("c{at}"), case)).collect();
    let (model, tuples) = model_of(&named);
    let mut questions = Vec::new();
    for (name, case) in &named {
        for _ in 0..CONTEXTS {
            let context = case.context(&mut dice);
            questions.push(Question {
                user: "user:u".into(),
                relation: name.clone(),
                object: "doc:1".into(),
                context,
            });
        }
    }
    match fga.check(&model, &tuples, &questions) {
        Ok(answers) => {
            for (at, (question, wanted)) in questions.iter().zip(answers).enumerate() {
                let (name, case) = &named[at / CONTEXTS];
                let found = ours(name, case, &question.context);
                let wanted = match wanted {
                    Ok(yes) => yes.to_string(),
                    Err(text) => text.replace("failed to evaluate relationship condition: ", ""),
                };
                if !same(&wanted, &found) {
                    wrong.push(format!(
                        "{} {}\n  wanted {wanted}\n  found  {found}",
                        case.expression, question.context
                    ));
                }
            }
        }
        Err(_) => {
            for (name, case) in &named {
                let wanted = refusal(fga, name, case);
                if wanted != "accepted" {
                    wrong.push(format!("{}\n  wanted {wanted}\n  found  accepted", case.expression));
                }
            }
        }
    }
    asked + questions.len()
}

/// `CONDITION_SEEDS=from..to` asks about others than those of every run.
#[expect(clippy::disallowed_methods, reason = "which expressions to try may be said from outside")]
fn seeds() -> std::ops::Range<u64> {
    let said = std::env::var("CONDITION_SEEDS").ok();
    let range =
        said.as_deref().and_then(|text| text.split_once("..")).map(|(from, to)| (from.parse(), to.parse()));
    match range {
        Some((Ok(from), Ok(to))) => from..to,
        _ => 1..9,
    }
}

#[test]
fn random_conditions_answer_as_openfga_does() {
    let Some(fga) = OpenFga::find("conditions") else { return };
    let mut wrong = Vec::new();
    let mut asked = 0;
    for seed in seeds() {
        let before = wrong.len();
        asked += compare(&fga, seed, &mut wrong);
        if wrong.len() > before {
            wrong[before].insert_str(0, &format!("seed {seed}: "));
        }
    }
    let mut shown = String::new();
    for one in wrong.iter().take(40) {
        writeln!(shown, "{one}").unwrap();
    }
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{shown}", wrong.len());
    println!("{asked} answers agree");
}
