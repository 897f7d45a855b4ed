//! Names for the resources of MCP servers, and the model for documents.

use chancery_rebac::judge::Judge;
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::retrieval::{DOCUMENTS, Named, UriFault, object_of_uri, uri_of_object};
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use chancery_rebac::{dsl, validate, write_rules};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::openfga::{OpenFga, Question};

/// Not a digest, but a function of all its bytes: enough to tell names apart here.
fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0_u8; 32];
    for (place, byte) in bytes.iter().enumerate() {
        out[place % 32] = out[place % 32].wrapping_mul(31).wrapping_add(*byte).rotate_left(3);
    }
    out
}

fn object(uri: &str) -> Result<String, UriFault> {
    object_of_uri("resource", uri, digest)
}

#[test]
fn a_resource_has_one_name_and_the_name_leads_back() {
    for (uri, name, back) in [
        ("crm://contacts/acme-corp", "resource:crm/contacts/acme-corp", "crm://contacts/acme-corp"),
        ("file:///home/a%20b.txt", "resource:file//home/a+2520b.txt", "file:///home/a%20b.txt"),
        ("CRM://Contacts/Acme", "resource:crm/contacts/Acme", "crm://contacts/Acme"),
        ("crm://contacts/%41cme%2f1", "resource:crm/contacts/Acme+252F1", "crm://contacts/Acme%2F1"),
        ("mailto:ann@example.com", "resource:mailto|ann@example.com", "mailto:ann@example.com"),
        (
            "https://u@Ex.com:8080/p?q=1#f",
            "resource:https/u@ex.com+3A8080/p+3Fq+3D1+23f",
            "https://u@ex.com:8080/p?q=1#f",
        ),
        ("crm://a/1+1*", "resource:crm/a/1+2B1+2A", "crm://a/1+1*"),
        ("git+ssh://Host/a", "resource:git+2Bssh/host/a", "git+ssh://host/a"),
        ("db://t/x|y", "resource:db/t/x|y", "db://t/x|y"),
    ] {
        assert_eq!(object(uri).as_deref(), Ok(name), "{uri}");
        assert_eq!(uri_of_object(name), Ok(Named::Uri(back.to_owned())), "{uri}");
    }
}

#[test]
fn a_resource_is_refused_where_two_readers_might_mean_two() {
    for uri in ["crm://contacts/../secrets/x", "crm://a/./b", "crm://a/%2e%2e/b", "crm:.."] {
        assert_eq!(object(uri), Err(UriFault::DotSegment(uri.to_owned())), "{uri}");
    }
    for uri in ["contacts/acme", "://x", "1crm://x", "crm:", "c_d://x"] {
        assert_eq!(object(uri), Err(UriFault::NoScheme(uri.to_owned())), "{uri}");
    }
    for uri in ["crm://a b", "crm://ä", "crm://a\n"] {
        assert_eq!(object(uri), Err(UriFault::Unencoded(uri.to_owned())), "{uri}");
    }
    for uri in ["crm://a%", "crm://a%2", "crm://a%zz"] {
        assert_eq!(object(uri), Err(UriFault::Percent(uri.to_owned())), "{uri}");
    }
}

#[test]
fn what_is_too_long_is_named_by_its_digest() {
    let long = |end: &str| format!("crm://contacts/{}{end}", "a".repeat(300));
    let (one, other) = (object(&long("1")).unwrap(), object(&long("2")).unwrap());
    assert_ne!(one, other);
    assert!(one.starts_with("resource:crm/+/") && one.len() == "resource:crm/+/".len() + 64, "{one}");
    assert_eq!(uri_of_object(&one), Ok(Named::Digest { scheme: "crm".to_owned() }));
    let just = format!("crm://{}", "a".repeat(256 - "resource:crm/".len()));
    assert_eq!(object(&just).unwrap().len(), 256);
    assert!(object(&format!("{just}a")).unwrap().contains("/+/"));
}

#[test]
fn no_second_name_is_taken_for_a_resource() {
    for name in [
        "resource:crm/a+41",
        "resource:crm/a+2b",
        "resource:CRM/a",
        "resource:crm/A/b",
        "resource:crm/+/xyz",
        "resource:x",
        "crm/a",
        "resource:crm/a+2",
        "resource:crm/a/../b",
        "resource:git+ssh/a",
        "resource:c+41/a",
    ] {
        assert_eq!(uri_of_object(name), Err(UriFault::NotMapped(name.to_owned())), "{name}");
    }
}

/// The names that the mapping for Python is held to as well.
#[test]
fn the_names_that_are_published_are_ours() {
    let published: Value =
        serde_json::from_str(include_str!("../../../../docs/retrieval/resources.json")).unwrap();
    let texts = |key: &str| -> Vec<String> { serde_json::from_value(published[key].clone()).unwrap() };
    for one in published["named"].as_array().unwrap() {
        let (uri, name) = (one[0].as_str().unwrap(), one[1].as_str().unwrap());
        match one[2].as_str() {
            Some(back) => {
                assert_eq!(object(uri).as_deref(), Ok(name), "{uri}");
                assert_eq!(uri_of_object(name), Ok(Named::Uri(back.to_owned())), "{name}");
            }
            None => {
                let (scheme, hex) = name.split_once("/+/").unwrap();
                let named = object(uri).unwrap();
                assert_eq!((named.split_once("/+/").unwrap().0, hex.len()), (scheme, 64), "{uri}");
                assert!(matches!(uri_of_object(name), Ok(Named::Digest { .. })), "{name}");
            }
        }
    }
    let (refused, unmapped) = (texts("refused"), texts("unmapped"));
    assert!(refused.iter().all(|uri| object(uri).is_err()), "{refused:?}");
    assert!(unmapped.iter().all(|name| uri_of_object(name).is_err()), "{unmapped:?}");
}

/// A chunk at the end of every kind of parent, and who is where.
fn tuples() -> Value {
    let tuple = |user: &str, relation: &str, object: &str| json!({"user": user, "relation": relation, "object": object});
    Value::from(vec![
        tuple("account:acme", "parent", "department:north"),
        tuple("department:north", "parent", "project:p"),
        tuple("project:p", "parent", "case:c"),
        tuple("case:c", "parent", "folder:outer"),
        tuple("folder:outer", "parent", "folder:inner"),
        tuple("folder:inner", "parent", "document:d"),
        tuple("document:d", "parent", "section:s"),
        tuple("section:s", "parent", "chunk:1"),
        tuple("document:d", "parent", "chunk:cover"),
        tuple("user:amy", "viewer", "account:acme"),
        tuple("user:bob", "member", "department:north"),
        tuple("group:board#member", "viewer", "case:c"),
        tuple("agent:helper", "member", "group:board"),
        tuple("user:eve", "viewer", "section:s"),
        tuple("user:*", "unquotable", "section:s"),
        tuple("task:audit", "viewer", "folder:inner"),
    ])
}

const QUESTIONS: [(&str, &str, &str, bool); 12] = [
    ("user:amy", "can_read", "chunk:1", true),
    ("user:bob", "can_read", "chunk:1", true),
    ("agent:helper", "can_read", "chunk:1", true),
    ("user:eve", "can_read", "chunk:1", true),
    ("user:eve", "can_read", "chunk:cover", false),
    ("user:eve", "can_read", "document:d", false),
    ("user:zoe", "can_read", "chunk:1", false),
    ("user:bob", "can_quote", "chunk:1", false),
    ("user:bob", "can_quote", "chunk:cover", true),
    // The label names everybody who is a user: agents are labelled by their own.
    ("agent:helper", "can_quote", "chunk:1", true),
    ("task:audit", "can_read", "chunk:1", true),
    ("task:audit", "viewer", "case:c", false),
];

#[test]
fn a_chunk_is_read_by_whoever_reads_what_it_is_part_of() {
    let model = dsl::parse(DOCUMENTS).unwrap();
    validate::check(&model).unwrap();
    let tuples: Vec<Tuple> = serde_json::from_value(tuples()).unwrap();
    for tuple in &tuples {
        write_rules::check(&model, tuple).unwrap();
    }
    let judge = Judge { model: &model, tuples: &tuples, contextual: &[], context: &Context::new() };
    for (user, relation, object, wanted) in QUESTIONS {
        assert_eq!(
            judge.check(&TupleKey::new(object, relation, user)),
            Ok(wanted),
            "{user} {relation} {object}"
        );
    }
}

#[test]
fn the_example_has_the_model_in_json() {
    let text = include_str!("../../../../docs/retrieval/model.json");
    let shown = AuthorizationModel::from_json(&serde_json::from_str(text).unwrap()).unwrap();
    assert_eq!(shown, dsl::parse(DOCUMENTS).unwrap());
}

#[test]
fn openfga_reads_the_model_for_documents_the_same_way() {
    let Some(fga) = OpenFga::find("documents") else { return };
    let asked = QUESTIONS.map(|(user, relation, object, _)| Question {
        user: user.to_owned(),
        relation: relation.to_owned(),
        object: object.to_owned(),
        context: json!({}),
    });
    let answers = fga.check(&json!(DOCUMENTS), &tuples(), &asked).unwrap();
    for ((user, relation, object, wanted), answer) in QUESTIONS.iter().zip(answers) {
        assert_eq!(answer, Ok(*wanted), "{user} {relation} {object}");
    }
}

proptest! {
    #[test]
    fn every_uri_is_one_object_whose_alphabet_is_allowed(uri in "[a-zA-Z][a-z0-9]{0,8}:(//)?[!-~]{1,60}") {
        let Ok(name) = object(&uri) else { return Ok(()) };
        let (_, id) = name.split_once(':').unwrap();
        prop_assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || "_|*@.+/-".contains(c)), "{}", name);
        let Ok(Named::Uri(back)) = uri_of_object(&name) else { return Err(TestCaseError::fail(format!("{uri} -> {name}"))) };
        prop_assert_eq!(object(&back).unwrap(), name);
    }

    #[test]
    fn reading_a_name_back_never_fails_loudly(name in "\\PC{0,80}") {
        let _ = uri_of_object(&name);
        let _ = object(&name);
    }
}
