//! Which tuples a model takes, and what is said of the others: a table of tuples and sentences.

use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::size::MOST_CONTEXT;
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};
use chancery_rebac::write_rules::{self, Reason};
use serde_json::json;

const CASES: &str = include_str!("../data/write_rules.txt");

fn model() -> AuthorizationModel {
    let model = serde_json::from_str(include_str!("../data/write_rules.json")).expect("the model is JSON");
    AuthorizationModel::from_json(&model).expect("the model is well formed")
}

#[test]
fn tuples_are_taken_or_refused_in_openfgas_words() {
    let model = model();
    let cases = CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut seen = 0;
    for case in cases {
        let [object, relation, user, condition, expected] = columns(case);
        let key = TupleKey::new(object, relation, user);
        let tuple = Tuple { key, condition: condition_of(condition) };
        let found = match write_rules::check_stored(&model, &tuple, MOST_CONTEXT) {
            Ok(()) => "ok".to_owned(),
            Err(reason) => reason.sentence(&tuple),
        };
        assert_eq!(found, expected, "{case}");
        seen += 1;
    }
    assert!(seen > 30, "the table was read");
}

#[test]
fn a_context_may_weigh_32_kibibytes() {
    let text = |length: usize| json!({ "x": "y".repeat(length) }).as_object().cloned().unwrap_or_default();
    let tuple = |length| Tuple {
        key: TupleKey::new("doc:1", "viewer", "user:anne"),
        condition: Some(TupleCondition { name: "cc".to_owned(), context: text(length) }),
    };
    let sized = |length| write_rules::check_stored(&string_model(), &tuple(length), MOST_CONTEXT);
    // Name, value, text and entry take 15 bytes besides.
    assert_eq!(sized(32 * 1024 - 15), Ok(()));
    assert_eq!(sized(32 * 1024 - 14), Err(Reason::ContextTooLarge { found: 32_769, most: 32_768 }));
}

fn string_model() -> AuthorizationModel {
    let mut model = model();
    let condition = model.conditions.get_mut("cc").expect("the condition is there");
    condition.parameters.insert("x".to_owned(), chancery_rebac::model::ParameterType::String);
    model
}

fn columns(case: &str) -> [&str; 5] {
    let columns: Vec<_> = case.splitn(5, '|').map(str::trim).collect();
    columns.try_into().unwrap_or_else(|_| panic!("five columns: {case}"))
}

fn condition_of(written: &str) -> Option<TupleCondition> {
    let (name, context) = written.split_once(' ')?;
    let context = serde_json::from_str(context).expect("the context is JSON");
    Some(TupleCondition { name: name.to_owned(), context })
}
