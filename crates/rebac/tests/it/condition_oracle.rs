//! Conditions against the real OpenFGA: random expressions and contexts, the same answers to the letter.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::condition::{answer, condition};
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

/// A small generator of its own, so that a seed says everything.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).unwrap()
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

#[derive(Clone, Copy)]
enum Sort {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Time,
    Duration,
    Ints,
    Texts,
    Dyn,
}

struct Writer<'a> {
    dice: &'a mut Dice,
    /// Variables of folds around, which are ints or texts.
    ints: Vec<String>,
    texts: Vec<String>,
}

impl Writer<'_> {
    /// An expression of a type; `{name}` in a template is another of that type.
    fn write(&mut self, sort: Sort, depth: usize) -> String {
        let templates = if depth == 0 { leaves(sort) } else { branches(sort) };
        let chosen = match sort {
            Sort::Int if !self.ints.is_empty() && self.dice.roll(3) == 0 => {
                self.ints.last().cloned().unwrap()
            }
            Sort::Text if !self.texts.is_empty() && self.dice.roll(3) == 0 => {
                self.texts.last().cloned().unwrap()
            }
            _ => self.dice.pick(templates).to_owned(),
        };
        self.fill(&chosen, depth.saturating_sub(1))
    }

    fn fill(&mut self, template: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((name, after)) = after.split_once('>').filter(|(name, _)| name.len() == 1) else {
                out.push_str(before);
                out.push('<');
                rest = after;
                continue;
            };
            out.push_str(before);
            let piece = match name {
                "B" => self.write(Sort::Bool, depth),
                "I" => self.write(Sort::Int, depth),
                "U" => self.write(Sort::Uint, depth),
                "D" => self.write(Sort::Double, depth),
                "S" => self.write(Sort::Text, depth),
                "T" => self.write(Sort::Time, depth),
                "R" => self.write(Sort::Duration, depth),
                "L" => self.write(Sort::Ints, depth),
                "M" => self.write(Sort::Texts, depth),
                "Y" => self.write(Sort::Dyn, depth),
                "=" => self.dice.pick(&["==", "!=", "<", "<=", ">", ">="]).to_owned(),
                "q" => self.dice.pick(&["==", "!="]).to_owned(),
                // What a fold goes through, its variable, and what it says of it.
                "i" | "s" => {
                    let (macro_name, after_body) = after.split_once(';').unwrap();
                    rest = after_body;
                    out.push_str(&self.fold(name == "i", macro_name, depth));
                    continue;
                }
                other => panic!("<{other}>"),
            };
            out.push_str(&piece);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn fold(&mut self, ints: bool, macro_name: &str, depth: usize) -> String {
        let range = self.write(if ints { Sort::Ints } else { Sort::Texts }, depth);
        let variable = format!("v{}", self.ints.len() + self.texts.len());
        let of = if ints { &mut self.ints } else { &mut self.texts };
        of.push(variable.clone());
        let body = match macro_name {
            "map" if ints => self.write(Sort::Int, depth),
            "map" => self.write(Sort::Text, depth),
            "map3" => format!("{}, {}", self.write(Sort::Bool, depth), self.write(Sort::Int, depth)),
            _ => self.write(Sort::Bool, depth),
        };
        if ints {
            self.ints.pop();
        } else {
            self.texts.pop();
        }
        format!("{range}.{}({variable}, {body})", macro_name.trim_end_matches('3'))
    }
}

fn leaves(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Bool => &["true", "false", "b", "b"],
        Sort::Int => &["0", "1", "2", "-1", "9223372036854775807", "-9223372036854775808", "i", "j", "i"],
        Sort::Uint => &["0u", "1u", "18446744073709551615u", "u", "u"],
        Sort::Double => &["0.0", "1.5", "-2.0", "1e300", "d", "d"],
        Sort::Text => &["\"\"", "\"a\"", "\"abc\"", "'ä€'", "\"10\"", "s", "t", "s"],
        Sort::Time => &["ts", "tt", "ts", "timestamp(\"2024-02-29T12:34:56.789Z\")", "timestamp(0)"],
        Sort::Duration => &["du", "du", "duration(\"1h30m\")", "duration(\"-2.5s\")", "duration(\"0\")"],
        Sort::Ints => &["l", "l", "[1, 2, 3]", "[]", "[i, 1]"],
        Sort::Texts => &["ls", "ls", "[\"a\", \"b\"]", "[s]"],
        Sort::Dyn => &["a", "a.x", "a.y.z", "a[0]", "dyn(i)", "dyn(u)", "dyn(d)", "dyn(s)", "null", "dyn(1)"],
    }
}

fn branches(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Bool => &[
            "(<B> && <B>)",
            "(<B> || <B>)",
            "!<B>",
            "(<B> ? <B> : <B>)",
            "<I> <=> <I>",
            "<I> <=> <I>",
            "<U> <=> <U>",
            "<D> <=> <D>",
            "<S> <=> <S>",
            "<T> <=> <T>",
            "<R> <=> <R>",
            "<L> <q> <L>",
            "<M> <q> <M>",
            "<Y> <=> <Y>",
            "<Y> <q> <I>",
            "<Y> <q> <D>",
            "<I> in <L>",
            "<S> in <M>",
            "<I> in [1, 2, 3]",
            "<S> in [\"a\", \"abc\"]",
            "<S> in m",
            "<Y> in [1, 2u, 1.5]",
            "<Y> in a",
            "has(m.k)",
            "has(a.x)",
            "has(a.y.z)",
            "<i>all;",
            "<i>exists;",
            "<i>exists_one;",
            "<s>all;",
            "<s>exists;",
            "m.all(k, m[k] == m[k])",
            "<S>.startsWith(<S>)",
            "<S>.endsWith(<S>)",
            "<S>.contains(<S>)",
            "<S>.matches(\"^a.*c?$\")",
            "<S>.matches('[b-d]+|\\\\d{2}')",
            "matches(<S>, \"(?i)^A\")",
            "<S>.matches(<S>)",
            "bool(<S>)",
            "ip.in_cidr(\"10.0.0.0/8\")",
            "ip.in_cidr(\"2001:db8::/32\")",
            "ip.in_cidr(<S>)",
            "ip == ipaddress(\"10.1.1.1\")",
            "type(<Y>) == type(<I>)",
            "type(<S>) == string",
            "{\"a\": <I>, <S>: 2}[<S>] == <I>",
            "{1: <B>, 2: <B>}[<I>]",
            "bytes(<S>) <=> bytes(<S>)",
            "b",
        ],
        Sort::Int => &[
            "(<I> + <I>)",
            "(<I> - <I>)",
            "(<I> * <I>)",
            "(<I> / <I>)",
            "(<I> % <I>)",
            "-<I>",
            "size(<S>)",
            "<S>.size()",
            "size(<L>)",
            "size(m)",
            "size(bytes(<S>))",
            "int(<U>)",
            "int(<D>)",
            "int(<S>)",
            "int(<T>)",
            "int(<R>)",
            "<L>[<I>]",
            "l[0]",
            "l[i]",
            "m.k",
            "m[\"a\"]",
            "m[<S>]",
            "(<B> ? <I> : <I>)",
            "(<B> ? i : j)",
            "(<B> ? m : {\"k\": 1}).k",
            "(<B> ? l : [5, 6])[<I>]",
            "<T>.getFullYear()",
            "<T>.getMonth()",
            "<T>.getDayOfYear()",
            "<T>.getDayOfMonth()",
            "<T>.getDate()",
            "<T>.getDayOfWeek()",
            "<T>.getHours()",
            "<T>.getHours(\"+05:30\")",
            "<T>.getDate(\"-08:00\")",
            "<T>.getMinutes()",
            "<T>.getSeconds()",
            "<T>.getMilliseconds()",
            "<R>.getHours()",
            "<R>.getMinutes()",
            "<R>.getSeconds()",
            "<R>.getMilliseconds()",
            "i",
            "3",
        ],
        Sort::Uint => &[
            "(<U> + <U>)",
            "(<U> - <U>)",
            "(<U> * <U>)",
            "(<U> / <U>)",
            "(<U> % <U>)",
            "uint(<I>)",
            "uint(<D>)",
            "uint(<S>)",
            "(<B> ? <U> : u)",
            "u",
        ],
        Sort::Double => &[
            "(<D> + <D>)",
            "(<D> - <D>)",
            "(<D> * <D>)",
            "(<D> / <D>)",
            "-<D>",
            "double(<I>)",
            "double(<U>)",
            "double(<S>)",
            "(<B> ? <D> : d)",
            "d",
        ],
        Sort::Text => &[
            "(<S> + <S>)",
            "string(<I>)",
            "string(<U>)",
            "string(<D>)",
            "string(<B>)",
            "string(<T>)",
            "string(<R>)",
            "string(bytes(<S>))",
            "ls[<I>]",
            "<M>[0]",
            "(<B> ? <S> : s)",
            "s",
        ],
        Sort::Time => &[
            "(<T> + <R>)",
            "(<T> - <R>)",
            "(<R> + <T>)",
            "timestamp(<S>)",
            "timestamp(<I>)",
            "(<B> ? <T> : ts)",
            "ts",
        ],
        Sort::Duration => {
            &["(<R> + <R>)", "(<R> - <R>)", "(<T> - <T>)", "duration(<S>)", "(<B> ? <R> : du)", "du"]
        }
        Sort::Ints => {
            &["[<I>, <I>]", "(<L> + <L>)", "<i>map;", "<i>map3;", "<i>filter;", "(<B> ? <L> : l)", "l"]
        }
        Sort::Texts => &["[<S>, <S>]", "(<M> + <M>)", "<s>map;", "<s>filter;", "(<B> ? <M> : ls)", "ls"],
        Sort::Dyn => &[
            "dyn(<I>)",
            "dyn(<D>)",
            "dyn(<S>)",
            "(<B> ? dyn(<I>) : dyn(<S>))",
            "(<Y> + <Y>)",
            "a.x",
            "a[<I>]",
            "a[<S>]",
            "[1, \"a\"][<I>]",
        ],
    }
}

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
            let mut writer = Writer { dice, ints: Vec::new(), texts: Vec::new() };
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
