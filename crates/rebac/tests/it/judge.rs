//! The judge: cases by hand, so that the judge of all others is itself held to something.

use chancery_rebac::dsl;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::{Judge, UserFilter};
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use serde_json::json;

use crate::cases;

#[test]
fn questions_are_answered_as_openfga_answers_them() {
    let cases = cases::read(include_str!("../data/judge/check.txt"));
    let asked = cases.iter().flat_map(|case| case.questions.iter().map(move |question| case.ask(question)));
    assert!(asked.count() > 80, "the file was read");
}

/// Groups within groups, that many deep.
fn chain(length: usize) -> Vec<Tuple> {
    let nested = (0..length).map(|at| cases::tuple(&format!("group:{at} member group:{}#member", at + 1)));
    nested.chain([cases::tuple(&format!("group:{length} member user:anne"))]).collect()
}

#[test]
fn twenty_five_steps_are_too_many() {
    let model =
        "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user, group#member]\n";
    let model = dsl::parse(model).expect("the model is well formed");
    let (tuples, context) = (chain(30), Context::new());
    let judge = Judge { model: &model, tuples: &tuples, contextual: &[], context: &context };
    let check = |group: &str| judge.check(&TupleKey::new(group, "member", "user:anne"));
    assert_eq!(check("group:6"), Ok(true), "24 steps");
    assert_eq!(check("group:5"), Err(Unanswered::TooComplex));
    let filter = UserFilter { type_name: "user".to_owned(), relation: None };
    assert_eq!(judge.list_users("group:6", "member", &filter).map(|found| found.len()), Ok(1));
    assert_eq!(judge.list_users("group:5", "member", &filter), Err(Unanswered::TooComplex));
}

#[test]
fn contextual_tuples_that_do_not_fit_are_refused() {
    let model = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n";
    let model = dsl::parse(model).expect("the model is well formed");
    let (contextual, context) = ([cases::tuple("doc:1 viewer doc:2")], Context::new());
    let judge = Judge { model: &model, tuples: &[], contextual: &contextual, context: &context };
    let sentence = "Invalid tuple 'doc:1#viewer@doc:2'. Reason: type 'doc' is not an allowed type restriction for 'doc#viewer'";
    let refused = judge.check(&TupleKey::new("doc:1", "viewer", "user:anne"));
    assert_eq!(refused, Err(Unanswered::InvalidTuple(sentence.to_owned())));
}

#[test]
fn expand_shows_one_level_with_tuples_on_it() {
    let cases = cases::read(include_str!("../data/judge/check.txt"));
    let case = cases.iter().find(|case| case.name == "rewrites").expect("the case is there");
    let context = Context::new();
    let judge = Judge { model: &case.model, tuples: &case.tuples, contextual: &[], context: &context };
    let tree = judge.expand("doc:1", "viewer").expect("the relation is there").to_json("doc:1#viewer");
    let name = "doc:1#viewer";
    let computed = json!({ "name": name, "leaf": { "computed": { "userset": "doc:1#editor" } } });
    let through = json!({ "tupleset": "doc:1#parent", "computed": [{ "userset": "folder:b#viewer" }] });
    let through = json!({ "name": name, "leaf": { "tupleToUserset": through } });
    assert_eq!(tree, json!({ "root": { "name": name, "union": { "nodes": [computed, through] } } }));
    let tree = judge.expand("doc:1", "blocked").expect("the relation is there").to_json("doc:1#blocked");
    let users = json!({ "users": { "users": ["user:ed"] } });
    assert_eq!(tree, json!({ "root": { "name": "doc:1#blocked", "leaf": users } }));
}
