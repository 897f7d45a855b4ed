//! What reasons say, and what they keep to themselves.

use chancery_model::UserStatus;
use chancery_policy::{Proof, Reason, Verdict, caller_text, full_text};

use crate::world::{World, elsewhere, set};

fn reasons(change: fn(&mut World)) -> Vec<Reason> {
    let mut world = World::allowed();
    change(&mut world);
    match world.ask() {
        Verdict::Deny(reasons) => reasons,
        other => panic!("{other:?}"),
    }
}

/// What the caller sees of a denial: codes and text.
fn seen(change: fn(&mut World)) -> (Vec<&'static str>, String) {
    let reasons = reasons(change);
    (reasons.iter().map(Reason::caller_code).collect(), caller_text(&reasons))
}

#[test]
fn the_caller_reads_the_mend() {
    let (_, text) = seen(|w| w.chain[0].assignment = None);
    assert_eq!(text, "ask an administrator to assign agent agent-1 to FinanceApp");
}

#[test]
fn each_sentence_is_said_once() {
    let (codes, text) = seen(|w| {
        w.application.enabled = false;
        w.chain[0].client.enabled = false;
    });
    assert_eq!(codes, ["application_unavailable", "client_unavailable"]);
    assert_eq!(text.matches("; ").count(), 1);
}

#[test]
fn foreign_and_switched_off_look_the_same() {
    assert_eq!(seen(|w| w.application.org = elsewhere()), seen(|w| w.application.enabled = false));
    assert_eq!(seen(|w| w.chain[0].client.org = elsewhere()), seen(|w| w.chain[0].client.enabled = false));
    assert_eq!(
        seen(|w| w.user.as_mut().unwrap().org = elsewhere()),
        seen(|w| w.user.as_mut().unwrap().status = UserStatus::Disabled)
    );
}

#[test]
fn nothing_is_told_of_a_person_who_is_only_claimed() {
    let claimed = seen(|w| w.proof = Proof::Claimed);
    assert_eq!(
        claimed,
        seen(|w| {
            w.proof = Proof::Claimed;
            w.human_scopes = None;
            w.user.as_mut().unwrap().org = elsewhere();
        })
    );
    assert_eq!(
        claimed,
        seen(|w| {
            w.proof = Proof::Claimed;
            w.human_scopes = Some(set("report"));
            w.user.as_mut().unwrap().status = UserStatus::Disabled;
        })
    );
}

#[test]
fn the_caller_reads_neither_ids_nor_logins() {
    let all = reasons(|w| {
        w.user.as_mut().unwrap().status = UserStatus::Disabled;
        w.human_scopes = None;
        w.chain[0].assignment = None;
        w.chain[0].client.enabled = false;
        w.requested = set("admin unheard-of");
    });
    let (told, whole) = (caller_text(&all), full_text(&all));
    for hidden in ["usr_", "agt_", "org_", "app_", "alice"] {
        assert!(!told.contains(hidden), "{told}");
    }
    for known in ["usr_", "agt_", "app_", "alice@corp.example"] {
        assert!(whole.contains(known), "{whole}");
    }
}

#[test]
fn no_code_repeats() {
    let mut codes = Reason::CODES.to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::CODES.len());
}
