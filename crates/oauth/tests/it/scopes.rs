//! The scopes of this server itself.

use chancery_kernel::Scope;
use chancery_model::{Action, Tier};
use chancery_oauth::scopes::{
    IDENTITY, MANAGEMENT, all_names, identity, is_identity, management, management_rules,
};

#[test]
fn every_noun_can_be_read_and_managed() {
    let nouns = "users groups applications agents clients connections grants approvals events organizations \
         assignments runs tokens requests secrets relations endpoints";
    for noun in nouns.split_whitespace() {
        assert_eq!(management(&format!("{noun}.read")).unwrap().action, Action::Read);
        assert_eq!(management(&format!("{noun}.manage")).unwrap().action, Action::Change);
    }
    // Marks are set by what they follow from, and outcomes are read as events.
    assert!(management("marks.read").is_some() && management("outcomes.manage").is_some());
    // Emergencies are requests that nobody was asked for, and reviews stand with them.
    assert!(management("emergencies.manage").is_some() && management("reviews.manage").is_some());
    // To see that there is a secret is not to see it.
    assert!(management("secrets.reveal").is_some());
    // What programs write all day is not what rules them.
    assert_eq!(management("relations.write").unwrap().action, Action::Change);
    assert_eq!(MANAGEMENT.len(), 2 * nouns.split_whitespace().count() + 6);
}

#[test]
fn every_scope_has_all_its_words_and_none_repeats() {
    let mut names: Vec<&str> = all_names().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), IDENTITY.len() + MANAGEMENT.len());
    for text in IDENTITY.iter().chain(MANAGEMENT) {
        assert!(Scope::new(text.name).is_ok());
        for words in [text.title, text.data, text.impact] {
            assert!(words.len() > 5 && !words.ends_with('.'), "{}", text.name);
        }
    }
}

#[test]
fn agents_get_nothing_that_changes_the_rules_unless_a_connection_says_so() {
    let rules = management_rules();
    assert_eq!(rules.len(), MANAGEMENT.len());
    for rule in rules {
        // To ask decides nothing.
        if rule.name.as_str().starts_with("requests.") {
            assert_eq!(rule.tier, Tier::Auto, "{}", rule.name);
            continue;
        }
        assert_eq!(rule.tier == Tier::Never, rule.action == Action::Change, "{}", rule.name);
    }
}

#[test]
fn identity_scopes_are_told_apart() {
    for name in ["openid", "profile", "email", "offline_access"] {
        assert!(is_identity(name) && identity(name).is_some() && management(name).is_none());
    }
    assert!(!is_identity("users.read") && !is_identity("OpenID"));
}
