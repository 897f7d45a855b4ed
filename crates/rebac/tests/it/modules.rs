//! Modular models: `fga.mod`, one owner for each type, `extend type`; to JSON 1.2 and to text, and back.

use chancery_rebac::dsl::{self, File};
use chancery_rebac::model::{AuthorizationModel, Schema};
use chancery_rebac::validate;

const MANIFEST: &str =
    "schema: '1.2'\ncontents:\n  - core.fga\n  - \"tracker/tickets.fga\" # of another team\n";
const CORE: &str = "module core\n\ntype user\n\ntype organization\n  relations\n    define member: [user]\n";
const TICKETS: &str = "module tickets\n\nextend type organization\n  relations\n    define can_file: member\n\n\
    type ticket\n  relations\n    define org: [organization]\n    define owner: [user with in_office]\n\n\
    condition in_office(hour: int) {\n  hour < 18\n}\n";

fn composed(files: &[(&str, &str)]) -> Result<AuthorizationModel, Vec<String>> {
    let read = |(name, text): &(&str, &str)| {
        dsl::parse_module(File { name, text }).unwrap_or_else(|errors| panic!("{name}: {errors:?}"))
    };
    let composed = dsl::compose(Schema::V1_2, files.iter().map(read).collect());
    composed.map_err(|errors| errors.iter().map(|(file, error)| format!("{file}: {error}")).collect())
}

fn both() -> AuthorizationModel {
    composed(&[("core.fga", CORE), ("tracker/tickets.fga", TICKETS)]).expect("the modules fit together")
}

#[test]
fn a_manifest_names_the_files_of_a_model() {
    let manifest = dsl::read_manifest(MANIFEST).expect("the manifest is well formed");
    assert_eq!(manifest.schema, Schema::V1_2);
    assert_eq!(manifest.contents, ["core.fga", "tracker/tickets.fga"]);
}

#[test]
fn what_extends_a_type_keeps_the_module_and_the_file_it_comes_from() {
    let model = both();
    assert_eq!(validate::check(&model), Ok(()));
    let file = |relation: &str| {
        let found = model.find_relation("organization", relation).expect("the relation is there");
        found.source.as_ref().map(|source| (source.module.clone(), source.file.clone()))
    };
    assert_eq!(file("can_file"), Some(("tickets".to_owned(), "tracker/tickets.fga".to_owned())));
    assert_eq!(file("member"), None, "it is its type's own");
    let json = model.to_json();
    assert_eq!(json["schema_version"], "1.2");
    let organization = &json["type_definitions"][1]["metadata"];
    assert_eq!(
        (&organization["module"], &organization["source_info"]["file"]),
        (&"core".into(), &"core.fga".into())
    );
    let extended = &organization["relations"]["can_file"];
    assert_eq!(
        (&extended["module"], &extended["source_info"]["file"]),
        (&"tickets".into(), &"tracker/tickets.fga".into())
    );
    assert_eq!(json["conditions"]["in_office"]["metadata"]["module"], "tickets");
    assert_eq!(AuthorizationModel::from_json(&json).expect("the JSON is well formed"), model);
}

#[test]
fn a_modular_model_is_printed_as_one_text_that_says_the_same() {
    let printed = dsl::print(&both()).expect("the model can be printed");
    assert!(printed.contains("# extended by: module: tickets, file: tracker/tickets.fga"), "{printed}");
    let again = dsl::parse(&printed).expect("what is printed can be read");
    assert_eq!(bare(again), bare(both()));
}

/// Without where its parts come from, in one order.
fn bare(mut model: AuthorizationModel) -> AuthorizationModel {
    for one in &mut model.types {
        one.source = None;
        one.relations.values_mut().for_each(|relation| relation.source = None);
    }
    model.conditions.values_mut().for_each(|condition| condition.source = None);
    model.types.sort_by(|a, b| a.name.cmp(&b.name));
    model
}

#[test]
fn modules_that_do_not_fit_together_are_told_by_file_and_place() {
    let core = ("core.fga", CORE);
    for (text, said) in [
        (
            "module b\ntype user\n",
            "b.fga: line 2, column 1: type `user` is already defined: say `extend type user` to add relations",
        ),
        (
            "module b\nextend type nobody\n  relations\n    define a: [user]\n",
            "b.fga: line 2, column 1: extended type `nobody` does not exist: define it in one of the modules",
        ),
        (
            "module b\nextend type organization\n  relations\n    define member: [user]\n",
            "b.fga: line 2, column 1: relation `member` already exists on type `organization`: rename one",
        ),
    ] {
        assert_eq!(composed(&[core, ("b.fga", text)]).expect_err(text), [said]);
    }
    let condition = "module c\ncondition in_office(hour: int) {\n  hour < 9\n}\n";
    let twice = composed(&[core, ("tracker/tickets.fga", TICKETS), ("c.fga", condition)]).expect_err("twice");
    assert_eq!(twice, ["c.fga: line 2, column 11: condition `in_office` is already defined: rename one"]);
    let alone = dsl::parse("model\n  schema 1.1\nextend type user\n").expect_err("no module");
    assert!(alone[0].message.contains("belongs to a module"), "{alone:?}");
}

#[test]
fn mistakes_of_a_manifest_are_told_with_their_line() {
    for (text, said) in [
        ("schema: '1.1'\ncontents:\n", "line 1, column 1: a modular model has schema 1.2, not `1.1`"),
        ("schema: '1.2'\n", "line 1, column 1: `contents:` is missing: add it"),
        ("contents:\n  - a.fga\n", "line 1, column 1: `schema: '1.2'` is missing: add it"),
        (
            "schema: '1.2'\ncontents:\n  - ../a.fga\n",
            "line 3, column 3: `../a.fga` leads out of the folder: name files below the manifest",
        ),
        (
            "schema: '1.2'\ncontents:\n  - a\rb.fga\n",
            "line 3, column 3: `a\\rb.fga` has a character that cannot be seen: rename the file",
        ),
        (
            "schema: '1.2'\ncontents:\n  - a.txt\n",
            "line 3, column 3: `a.txt` is no module: their names end in `.fga`",
        ),
        (
            "schema: '1.2'\nfiles:\n",
            "line 2, column 1: `files:` is not known here: `schema` and `contents` are",
        ),
    ] {
        let told: Vec<String> =
            dsl::read_manifest(text).expect_err(text).iter().map(ToString::to_string).collect();
        assert_eq!(told.first().map(String::as_str), Some(said), "{told:?}");
    }
}
