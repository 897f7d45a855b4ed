//! What is said of models whose parts do not fit together.

use chancery_rebac::dsl;
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::model_error::Code;
use chancery_rebac::validate;
use serde_json::{Value, json};

fn said(model: &AuthorizationModel) -> Vec<String> {
    validate::check(model).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn models_are_taken_or_refused_in_openfgas_words() {
    let blocks = include_str!("../data/validate.txt").split("### ").skip(1);
    for block in blocks {
        let (text, expected) = block.split_once("--- says\n").expect("a text and what is said of it");
        let (name, text) = text.split_once('\n').expect("a name");
        let model = dsl::parse(&format!("model\n  schema 1.1\ntype user\n{text}"));
        let model = model.unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        assert_eq!(said(&model).join("\n"), expected.trim_end(), "{name}");
    }
}

/// What is said of the parts, or of the document itself.
fn said_of(document: &Value) -> Vec<String> {
    AuthorizationModel::from_json(document).map_or_else(|error| vec![error.to_string()], |model| said(&model))
}

fn model(types: Value, conditions: Value) -> AuthorizationModel {
    AuthorizationModel::from_json(&document(types, conditions))
        .expect("the document has the shape of a model")
}

fn document(types: Value, conditions: Value) -> Value {
    json!({ "schema_version": "1.1", "type_definitions": types, "conditions": conditions })
}

fn with_relation(name: &str, rewrite: Value, references: Value) -> Value {
    let metadata = json!({ "relations": { name: { "directly_related_user_types": references } } });
    document(json!([{ "type": "user", "relations": { name: rewrite }, "metadata": metadata }]), json!({}))
}

#[test]
fn what_only_json_can_say_is_refused_too() {
    let this = json!({ "this": {} });
    for (found, expected) in [
        (
            with_relation("a", this.clone(), json!([])),
            "the assignable relation 'a' in object type 'user' must contain at least one relation type",
        ),
        (
            with_relation("", this.clone(), json!([])),
            "invalid TypeDefinition.Relations[]: value does not match regex pattern \"^[^:#@\\\\s]{1,50}$\"",
        ),
        (
            with_relation("a b", this.clone(), json!([])),
            "invalid TypeDefinition.Relations[a b]: value does not match regex pattern \"^[^:#@\\\\s]{1,50}$\"",
        ),
        (
            with_relation("a", json!({ "union": { "child": [this] } }), json!([])),
            "invalid relation: 'user#a' as union has less than 2 children",
        ),
        (
            with_relation("a", json!({ "intersection": {} }), json!([])),
            "invalid relation: 'user#a' as intersection has less than 2 children",
        ),
        (
            document(json!([{ "type": "" }]), json!({})),
            "invalid TypeDefinition.Type: value does not match regex pattern \"^[^:#@\\\\s]{1,254}$\"",
        ),
        (
            document(json!([{ "type": "user" }]), json!({ "c": { "name": "d", "expression": "true" } })),
            "condition key 'c' does not match condition name 'd'",
        ),
        (
            document(json!([]), json!({})),
            "invalid WriteAuthorizationModelRequest.TypeDefinitions: value must contain at least 1 item(s)",
        ),
    ] {
        assert_eq!(said_of(&found), [expected]);
    }
}

#[test]
fn a_relation_without_tuples_names_nobody() {
    let computed = json!({ "b": { "this": {} }, "a": { "computedUserset": { "relation": "b" } } });
    let user = json!({ "directly_related_user_types": [{ "type": "user" }] });
    let metadata = json!({ "relations": { "a": user, "b": user } });
    let model = model(json!([{ "type": "user", "relations": computed, "metadata": metadata }]), json!({}));
    assert_eq!(
        said(&model),
        ["the non-assignable relation 'a' in object type 'user' should not contain a relation type"]
    );
}

#[test]
fn models_have_their_limits() {
    let types = |many: usize| {
        Value::from((0..many).map(|at| json!({ "type": format!("t{at}") })).collect::<Vec<_>>())
    };
    assert_eq!(said(&model(types(100), json!({}))), [""; 0]);
    let refused = validate::check(&model(types(101), json!({}))).expect_err("too many types");
    assert_eq!(refused[0].code, Code::ExceededEntityLimit);
    assert_eq!(
        refused[0].message,
        "The number of type definitions in an authorization model exceeds the allowed limit of 100"
    );

    let condition = |at: usize| json!({ "name": format!("c{at}"), "expression": "true" });
    let conditions = |many: usize| {
        let each = (0..many).map(|at| (format!("c{at}"), condition(at)));
        Value::Object(each.collect())
    };
    assert_eq!(said(&model(types(1), conditions(25))), [""; 0]);
    assert_eq!(
        said_of(&document(types(1), conditions(26))),
        ["invalid WriteAuthorizationModelRequest.Conditions: value must contain no more than 25 pair(s)"]
    );

    let long = |length: usize| {
        let name = "t".repeat(250);
        let relations = (0..length).map(|at| (format!("r{at}"), json!({ "this": {} })));
        let user = json!({ "directly_related_user_types": [{ "type": name }] });
        let metadata = (0..length).map(|at| (format!("r{at}"), user.clone()));
        let (relations, metadata): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
            (relations.collect(), metadata.collect());
        model(
            json!([{ "type": name, "relations": relations, "metadata": { "relations": metadata } }]),
            json!({}),
        )
    };
    assert_eq!(said(&long(900)), [""; 0]);
    let refused = said(&long(1000));
    assert!(
        refused[0].starts_with("model exceeds size limit: ") && refused[0].ends_with("bytes vs 262144 bytes"),
        "{refused:?}"
    );
}

/// Relations of one type, each following from the next, and a beginning.
fn chain(length: usize, link: impl Fn(usize) -> Value) -> AuthorizationModel {
    let mut relations: serde_json::Map<_, _> =
        (0..length).map(|at| (format!("r{at}"), link(at + 1))).collect();
    relations.insert(format!("r{length}"), json!({ "this": {} }));
    let user = json!({ "directly_related_user_types": [{ "type": "user" }] });
    let metadata = json!({ "relations": { format!("r{length}"): user } });
    model(json!([{ "type": "user", "relations": relations, "metadata": metadata }]), json!({}))
}

#[test]
fn hostile_models_are_refused_in_time() {
    let computed = |at: usize| json!({ "computedUserset": { "relation": format!("r{at}") } });
    assert_eq!(said(&chain(150, computed)), [""; 0]);
    let too_deep = said(&chain(5_000, computed));
    assert_eq!(too_deep[0], "the relations of the model lead on to one another in too many ways");
    // Two ways at every step: 2^150 of them.
    let twice = |at: usize| json!({ "union": { "child": [computed(at), computed(at)] } });
    assert_eq!(said(&chain(150, twice)), [""; 0]);
}
