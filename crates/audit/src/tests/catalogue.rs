use std::collections::BTreeSet;

use crate::fields::Party;
use crate::kind::{Class, EventKind};
use crate::samples::{decided, evidence, id, line_of, text};
use crate::{CATALOGUE, Entry, Event, FACTS, JUDGED, Subject, Verdict};

#[test]
fn codes_and_names_are_given_once() {
    let codes: BTreeSet<_> = CATALOGUE.iter().map(|kind| kind.code).collect();
    let names: BTreeSet<_> = CATALOGUE.iter().map(|kind| kind.name).collect();
    assert_eq!((codes.len(), names.len()), (CATALOGUE.len(), CATALOGUE.len()));
    assert!(CATALOGUE.is_sorted_by_key(|kind| kind.code), "the list is in the order of its codes");
}

#[test]
fn every_kind_is_found_by_name_and_code_and_says_what_it_is() {
    for kind in CATALOGUE {
        assert_eq!(EventKind::by_name(kind.name), Some(kind));
        assert_eq!(EventKind::by_code(kind.code), Some(kind));
        assert!(kind.doc.ends_with('.') && !kind.doc.starts_with(' '), "{}", kind.name);
        let (class, activity) = kind.ocsf.split_once('/').unwrap();
        let known = ["2004", "2005", "3001", "3002", "3003", "3004", "3005", "3006", "6002", "6003"];
        assert!(known.contains(&class) && activity.parse::<u8>().is_ok(), "{}", kind.name);
    }
}

/// Domain, "Evidence": never optional for agent actions.
#[test]
fn what_an_agent_was_allowed_or_did_always_has_evidence() {
    for kind in CATALOGUE {
        let evidence = kind.fields.iter().find(|field| field.shape.name == "Evidence");
        if let Some(field) = evidence {
            assert!(field.name == "evidence" && !field.shape.optional && !field.shape.many, "{}", kind.name);
        }
        let names_agent = kind.fields.iter().any(|field| field.shape.name == "AgentId");
        let on_behalf = matches!(kind.class, Class::Decision | Class::Use) && names_agent;
        assert!(!on_behalf || evidence.is_some(), "{} names an agent and lacks evidence", kind.name);
    }
    for name in ["token_decided", "token_used"] {
        let kind = EventKind::by_name(name).unwrap();
        assert!(kind.fields.iter().any(|field| field.name == "evidence"));
    }
}

#[test]
fn every_kind_is_read_back_with_and_without_its_optional_fields() {
    for kind in CATALOGUE {
        for optional in [true, false] {
            let line = line_of(kind, optional);
            let entry = Entry::decode(&line).unwrap();
            let event =
                entry.event().unwrap_or_else(|| panic!("{}: {}", kind.name, String::from_utf8_lossy(&line)));
            assert_eq!((event.name(), event.code(), entry.kind()), (kind.name, kind.code, Some(kind)));
            assert_eq!(entry.encode(), line);
            assert!(!crate::explain(&entry).is_empty());
        }
    }
}

/// The deny list: what may stand in an event is what this list says, and a secret is not in it.
#[test]
fn every_fact_is_listed_and_secrets_are_none() {
    let source = include_str!("../facts.rs");
    let between = |from: &str, to: &str| source.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let mut found: BTreeSet<&str> = between("\nid_facts! {", "}").split_whitespace().collect();
    let shaped = between("\nfacts! {", "\n}\n").lines().filter_map(|line| line.strip_prefix("    "));
    found.extend(shaped.filter_map(|line| line.strip_suffix(" {")).filter(|name| !name.starts_with(' ')));
    found.extend(source.lines().filter_map(|line| line.strip_prefix("impl Fact for ")?.strip_suffix(" {")));
    assert_eq!(found, FACTS.iter().copied().collect());
    for (file, text) in
        [("fields.rs", include_str!("../fields.rs")), ("evidence.rs", include_str!("../evidence.rs"))]
    {
        assert!(!text.contains("\nimpl Fact for"), "{file} implements facts outside the list");
    }
    // The name of a secret is none.
    let secret = |name: &str| name.contains("Secret") && name != "SecretId";
    assert!(FACTS.iter().all(|name| !secret(name) && !name.contains("String")));
    let fields = CATALOGUE.iter().flat_map(|kind| kind.fields);
    assert!(fields.into_iter().all(|field| FACTS.contains(&field.shape.name)));
}

#[test]
fn subjects_are_all_ids_named_anywhere_once() {
    let subjects = decided().subjects();
    let texts: Vec<_> = subjects.iter().map(|subject| subject.to_string()[..4].to_owned()).collect();
    assert_eq!(texts, ["agt_", "app_", "cli_", "org_", "run_", "usr_"]);
    assert!(subjects.iter().all(|subject| Subject::parse(&subject.to_string()) == Some(*subject)));

    let removed =
        Event::AssignmentRemoved { assignment: id(1), principal: Party::Group(id(2)), application: id(3) };
    assert_eq!(removed.subjects().len(), 3);
    assert_eq!(Subject::parse("who_00000000000000000000000001"), None);
    assert_eq!(Subject::parse("agt_x"), None);
}

#[test]
fn every_kind_that_decides_something_has_a_verdict_and_no_other_has() {
    for kind in CATALOGUE {
        let entry = Entry::decode(&line_of(kind, true)).unwrap();
        let verdict = entry.event().and_then(Event::verdict);
        assert_eq!(verdict.is_some(), JUDGED.contains(&kind.name), "{}", kind.name);
        assert!(
            verdict.is_some() || kind.class != Class::Decision,
            "{} decides, and says nothing",
            kind.name
        );
    }
}

#[test]
fn a_token_that_a_guard_turned_away_was_denied_although_it_had_been_issued() {
    let used = |outcome: &str| {
        let evidence = crate::Evidence { outcome: text(outcome), ..evidence() };
        let (jti, method, path) = (text("tok"), text("GET"), text("/"));
        Event::TokenUsed { jti, evidence, method, path, status: 200, reason: None }.verdict()
    };
    assert_eq!(used("let through, answered 200"), Some(Verdict::Allow));
    assert_eq!(used("refused, answered 403"), Some(Verdict::Deny));
}
