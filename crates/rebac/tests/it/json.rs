//! Models and tuples from and to JSON.

use chancery_rebac::model::{AuthorizationModel, ReferenceKind, Userset};
use chancery_rebac::tuple::Tuple;
use serde_json::{Value, json};

/// Every kind of rewrite, reference and parameter, with modules.
pub const FULL: &str = include_str!("../data/json/full.json");

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("the document is JSON")
}

#[test]
fn a_model_comes_back_as_openfga_writes_it() {
    let written = value(FULL);
    let model = AuthorizationModel::from_json(&written).expect("the model is well formed");
    assert_eq!(model.to_json(), written);
}

#[test]
fn both_spellings_are_read_and_unknown_fields_passed_over() {
    let model = AuthorizationModel::from_json(&json!({
        "schemaVersion": "1.1", "surprise": [1],
        "typeDefinitions": [{
            "type": "doc", "x": {}, "metadata": null,
            "relations": { "a": { "computed_userset": { "relation": "b", "object": null } },
                           "b": { "tuple_to_userset": { "tupleset": { "relation": "p" }, "computed_userset": { "relation": "a" } } } },
        }],
    }))
    .expect("both spellings are read");
    let a = model.find_relation("doc", "a").expect("the relation is there");
    assert_eq!(a.rewrite, Userset::Computed("b".to_owned()));
}

#[test]
fn metadata_says_who_is_assignable() {
    let model = AuthorizationModel::from_json(&value(FULL)).expect("the model is well formed");
    let viewer = model.find_relation("doc", "viewer").expect("the relation is there");
    let kinds: Vec<_> = viewer.assignable.iter().map(|one| one.kind.clone()).collect();
    let member = ReferenceKind::Userset("member".to_owned());
    assert_eq!(kinds, [ReferenceKind::Object, ReferenceKind::Wildcard, member]);
    assert_eq!(viewer.assignable[0].condition.as_deref(), Some("in_office"));
}

#[test]
fn what_is_no_model_is_refused_with_its_place() {
    for (document, message) in [
        (json!([]), "the document: expected an object, found a list"),
        (
            json!({}),
            "invalid WriteAuthorizationModelRequest.TypeDefinitions: value must contain at least 1 item(s); invalid \
             WriteAuthorizationModelRequest.SchemaVersion: value must be in list [1.0 1.1 1.2]",
        ),
        (json!({ "schema_version": "1.0", "type_definitions": [{ "type": "t" }] }), "invalid schema version"),
        (json!({ "schema_version": 1 }), "schema_version: expected a string, found a number"),
        (
            json!({ "schema_version": "1.1", "schemaVersion": "1.1" }),
            "schema_version: duplicate field, as schema_version and as schemaVersion",
        ),
        (
            with_rewrite(json!({})),
            "the definition of relation 'r' in object type 't' is invalid: invalid userset rewrite definition",
        ),
        (
            with_rewrite(json!({ "this": {}, "union": { "child": [] } })),
            "type_definitions[0].relations.r: a rewrite is either this or union, not both",
        ),
        (
            with_rewrite(json!({ "difference": { "base": { "this": {} } } })),
            "invalid Difference.Subtract: value is required",
        ),
        (
            with_rewrite(json!({ "union": { "child": [{ "this": {} }, 7] } })),
            "type_definitions[0].relations.r.union.child[1]: expected an object, found a number",
        ),
        (
            with_parameter(json!({ "type_name": "TYPE_NAME_LIST" })),
            "failed to compile expression on condition 'c' - failed to decode parameter type for parameter 'p': condition \
             parameter type `TYPE_NAME_LIST` requires 1 generic types; found 0",
        ),
        (
            with_parameter(json!({ "type_name": 77 })),
            "invalid ConditionParamTypeRef.TypeName: value must be one of the defined enum values",
        ),
    ] {
        let refused = AuthorizationModel::from_json(&document).expect_err("the document is no model");
        assert_eq!(refused.message, message);
    }
}

#[test]
fn rewrites_nested_without_end_are_refused() {
    let mut rewrite = json!({ "this": {} });
    for _ in 0..110 {
        rewrite = json!({ "union": { "child": [rewrite] } });
    }
    let refused = AuthorizationModel::from_json(&with_rewrite(rewrite)).expect_err("too deep");
    assert!(refused.message.ends_with("a rewrite may be nested 100 deep"), "{refused}");
}

#[test]
fn tuples_come_back_as_openfga_writes_them() {
    let plain = json!({ "user": "user:anne", "relation": "viewer", "object": "doc:1", "condition": null });
    let bound = json!({ "user": "user:anne", "relation": "viewer", "object": "doc:1",
                        "condition": { "name": "in_office", "context": { "hours": [1, 2] } } });
    for written in [plain, bound] {
        let tuple = Tuple::from_json(&written).expect("the tuple is well formed");
        assert_eq!(tuple.to_json(), written);
    }
}

fn with_rewrite(rewrite: Value) -> Value {
    json!({ "schema_version": "1.1", "type_definitions": [{ "type": "t", "relations": { "r": rewrite } }] })
}

fn with_parameter(parameter: Value) -> Value {
    let condition = json!({ "name": "c", "expression": "true", "parameters": { "p": parameter } });
    json!({ "schema_version": "1.1", "type_definitions": [{ "type": "t" }], "conditions": { "c": condition } })
}
