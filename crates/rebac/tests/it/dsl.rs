//! Models as text: what is read, what is said of mistakes, what is written.

use chancery_rebac::dsl;
use chancery_rebac::model::AuthorizationModel;

/// Blocks of text, each after a line `### name`.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    text.split("### ").skip(1).filter_map(|block| block.split_once('\n')).collect()
}

#[test]
fn what_is_printed_is_read_again_as_it_was() {
    for (name, text) in blocks(include_str!("../data/dsl/printed.txt")) {
        let model = dsl::parse(text).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let printed = dsl::print(&model).expect("the model can be printed");
        assert_eq!(printed.trim_end(), text.trim_end(), "{name}");
        let through_json = AuthorizationModel::from_json(&model.to_json()).expect("the JSON is well formed");
        assert_eq!(through_json, model, "{name}");
    }
}

#[test]
fn texts_that_say_the_same_are_read_alike() {
    for (name, text) in blocks(include_str!("../data/dsl/alike.txt")) {
        let (one, other) = text.split_once("--- and\n").expect("two texts");
        let read = |text| dsl::parse(text).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        assert_eq!(read(one), read(other), "{name}");
    }
}

#[test]
fn mistakes_are_told_with_place_and_mend() {
    for (name, text) in blocks(include_str!("../data/dsl/mistakes.txt")) {
        let (text, expected) = text.split_once("--- says\n").expect("a text and what is said of it");
        let errors = dsl::parse(text).expect_err(name);
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told.join("\n"), expected.trim_end(), "{name}");
    }
}

#[test]
fn parentheses_without_end_are_refused() {
    let text = format!("model\n  schema 1.1\ntype t\n  relations\n    define r: {}a\n", "(".repeat(10_000));
    let errors = dsl::parse(&text).expect_err("too deep");
    assert!(errors[0].message.contains("nested 50 deep"), "{errors:?}");
}
