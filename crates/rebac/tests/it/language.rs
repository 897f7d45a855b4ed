//! The mistakes that the validator of OpenFGA's language knows by a name: each is refused here as well, with its code where
//! it is a model's, with its place where it is a text's.

use chancery_rebac::dsl::{self, File};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::validate;
use serde_json::{Value, json};

/// What is said first of a text after the head of a model: the code and the words.
fn of_text(body: &str) -> String {
    of_whole(&format!("model\n  schema 1.1\ntype user\n{body}"))
}

fn of_whole(text: &str) -> String {
    match dsl::parse(text) {
        Ok(model) => of_model(&model),
        Err(errors) => format!("invalid_syntax: {}", errors[0]),
    }
}

fn of_json(document: &Value) -> String {
    match AuthorizationModel::from_json(document) {
        Ok(model) => of_model(&model),
        Err(error) => format!("{}: {error}", error.code.name()),
    }
}

fn of_model(model: &AuthorizationModel) -> String {
    match validate::check(model) {
        Ok(()) => "taken".to_owned(),
        Err(errors) => format!("{}: {}", errors[0].code.name(), errors[0]),
    }
}

/// One type with one relation, and the conditions.
fn with(schema: &str, rewrite: Value, types: Value, conditions: Value) -> Value {
    let metadata = json!({ "relations": { "a": { "directly_related_user_types": types } } });
    json!({ "schema_version": schema, "conditions": conditions,
        "type_definitions": [{ "type": "user", "relations": { "a": rewrite }, "metadata": metadata }] })
}

#[test]
fn each_named_mistake_of_the_language_is_refused_with_code_and_words() {
    let relation = |line: &str| of_text(&format!("type d\n  relations\n    {line}\n"));
    let this = || json!({ "this": {} });
    let user = || json!([{ "type": "user" }]);
    let two = dsl::parse_module(File { name: "a.fga", text: "module a\nmodule b\ntype user\n" });
    let told: Vec<(&str, String)> = vec![
        ("schema-version-required", of_whole("model\ntype user\n")),
        ("schema-version-unsupported", of_whole("model\n  schema 1.9\ntype user\n")),
        ("invalid-schema", of_json(&with("2", this(), user(), json!({})))),
        ("allowed-type-schema-10", of_json(&with("1.0", this(), user(), json!({})))),
        ("relation-must-not-have-type-on-schema-10", of_json(&with("1.0", this(), json!([]), json!({})))),
        ("reserved-type-keywords", of_text("type self\n")),
        ("reserved-relation-keywords", relation("define self: [user]")),
        ("self-error", relation("define a: a")),
        ("invalid-name", relation(&format!("define {}: [user]", "a".repeat(51)))),
        ("missing-definition", relation("define a: b")),
        ("invalid-relation-type", relation("define a: [user#member]")),
        ("invalid-relation-on-tupleset", relation("define parent: [user]\n    define a: viewer from parent")),
        ("invalid-type", relation("define a: [nobody]")),
        ("relation-no-entry-point", relation("define a: [d#a]")),
        (
            "tupleuserset-not-direct",
            relation("define b: [d]\n    define parent: b\n    define a: [user] or a from parent"),
        ),
        ("duplicated-error", of_text("type user\n")),
        ("assignable-relation-must-have-type", of_json(&with("1.1", this(), json!([]), json!({})))),
        ("invalid-syntax", relation("define a: [user] or")),
        ("type-wildcard-relation", relation("define a: [user:*#member]")),
        ("condition-not-defined", relation("define a: [user with nothing]")),
        ("condition-not-used", of_text("condition c(x: int) {\n  x > 1\n}\n")),
        (
            "different-nested-condition-name",
            of_json(&with("1.1", this(), user(), json!({ "c": { "name": "d", "expression": "true" } }))),
        ),
        (
            "multiple-modules-in-file",
            two.err().map_or("taken".to_owned(), |errors| format!("invalid_syntax: {}", errors[0])),
        ),
    ];
    assert_eq!(told.len(), 23);
    let told: Vec<String> = told.into_iter().map(|(name, said)| format!("{name}\n    {said}")).collect();
    assert_eq!(told.join("\n"), include_str!("../data/language.txt").trim_end());
}
