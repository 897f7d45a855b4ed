use chancery_directory::users::{self, NewUser, UserFilter, UserPatch};
use chancery_directory::{agents, groups};
use chancery_kernel::{PageRequest, Seconds, Secret};
use chancery_model::{MarkKey, Principal, UserStatus};
use chancery_store::tables::passwords;
use chancery_vault::password;

use crate::world::{PASSWORD, code, keys, none, one};

fn new(login: &str, email: &str) -> NewUser {
    NewUser {
        login: login.into(),
        email: email.into(),
        display_name: "Somebody".into(),
        ..NewUser::default()
    }
}

#[tokio::test]
async fn logins_are_kept_in_lower_case_and_taken_once() {
    let (_world, org) = one().await;
    let alice = users::create(&org.cx, new(" Alice ", "Alice@Corp.Example")).await.unwrap();
    assert_eq!((alice.login.as_str(), alice.email.as_str()), ("alice", "alice@corp.example"));
    assert_eq!(code(users::create(&org.cx, new("ALICE", "b@corp.example")).await), "name_taken");
    assert_eq!(code(users::create(&org.cx, new("bob", "bob")).await), "bad_email");
    assert_eq!(code(users::create(&org.cx, new("b ob", "b@corp.example")).await), "bad_login");
    let long = NewUser { display_name: "x".repeat(201), ..new("bob", "b@corp.example") };
    assert_eq!(code(users::create(&org.cx, long).await), "too_long");
}

#[tokio::test]
async fn lists_filter_and_page() {
    let (_world, org) = one().await;
    for name in ["ann", "ben", "cem"] {
        // Lists are ordered by age, to the millisecond.
        org.clock.advance(Seconds(1));
        org.user(name).await;
    }
    let first = users::list(&org.cx, &PageRequest::new(None, Some(2)), &UserFilter::default()).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let after = first.next.map(|cursor| cursor.0);
    let second =
        users::list(&org.cx, &PageRequest::new(after, Some(2)), &UserFilter::default()).await.unwrap();
    assert_eq!(second.items.iter().map(|u| u.login.as_str()).collect::<Vec<_>>(), ["ben", "cem"]);
    assert!(second.next.is_none());
    let filter = UserFilter { login: Some("BEN".into()), ..UserFilter::default() };
    assert_eq!(users::list(&org.cx, &PageRequest::most(), &filter).await.unwrap().items.len(), 1);
    let filter = UserFilter { group: Some(org.founded.administrators.id), ..UserFilter::default() };
    assert_eq!(users::list(&org.cx, &PageRequest::most(), &filter).await.unwrap().items.len(), 1);
    let bad = PageRequest::new(Some("nonsense".into()), None);
    assert_eq!(code(users::list(&org.cx, &bad, &UserFilter::default()).await), "bad_cursor");
}

#[tokio::test]
async fn an_update_wants_the_version_it_read() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let patch = UserPatch { display_name: Some("Alice A.".into()), ..UserPatch::default() };
    let changed = users::update(&org.cx, alice.id, Some(1), patch.clone()).await.unwrap();
    assert_eq!((changed.display_name.as_str(), changed.meta.version), ("Alice A.", 2));
    assert_eq!(code(users::update(&org.cx, alice.id, Some(1), patch.clone()).await), "stale");
    let same = users::update(&org.cx, alice.id, None, patch).await.unwrap();
    assert_eq!(same.meta.version, 2, "nothing changed");
    let own = UserPatch { manager: Some(Some(alice.id)), ..UserPatch::default() };
    assert_eq!(code(users::update(&org.cx, alice.id, None, own).await), "own_manager");
}

#[tokio::test]
async fn to_disable_somebody_marks_them_and_ends_their_sign_ins_and_nobody_elses() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    org.sign_in(alice.id).await;
    org.sign_in(bob.id).await;
    let marks = org.marked_by(users::disable(&org.cx, alice.id, None, Some("left".into()))).await;
    assert_eq!(marks, keys(&[&alice.id]));
    assert_eq!((org.open_sessions(alice.id).await, org.open_sessions(bob.id).await), (0, 1));
    assert_eq!(users::get(&org.cx, alice.id).await.unwrap().status, UserStatus::Disabled);
    assert_eq!(code(users::disable(&org.cx, alice.id, None, None).await), "already_disabled");
    let hot = || org.cx.db().hot();
    let mark = hot().killed_by(&[MarkKey::User(alice.id)], 0).map(|(_, held)| held.pos).unwrap();
    assert_eq!(org.marked_by(users::enable(&org.cx, alice.id, None)).await, none());
    assert!(
        hot().killed_by(&[MarkKey::User(alice.id)], mark - 1).is_some(),
        "what was issued before stays dead"
    );
    assert!(hot().killed_by(&[MarkKey::User(alice.id)], mark + 1).is_none(), "what is issued now lives");
}

#[tokio::test]
async fn to_disable_somebody_ends_their_refresh_tokens_and_each_end_is_in_the_log() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    let client = org.founded.command_line.clone();
    org.family(alice.id, &client).await;
    let his = org.family(bob.id, &client).await;
    org.sign_in(alice.id).await;
    users::disable(&org.cx, alice.id, None, None).await.unwrap();
    assert!(org.open_families(alice.id).await.is_empty());
    assert_eq!(org.open_families(bob.id).await, [his]);
    assert_eq!(org.log(3).await, ["user_disabled", "session_ended", "family_revoked"]);
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_the_persons_sessions() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let session = org.sign_in(alice.id).await;
    let marks = org.marked_by(users::set_password(&org.cx, alice.id, Secret::new(PASSWORD))).await;
    assert_eq!(marks, keys(&[&session]), "only what hangs on her sign-ins dies");
    assert_eq!(org.open_sessions(alice.id).await, 0);
    let id = alice.id;
    let phc = org.cx.db().read(move |sql| passwords::find(sql, id)).await.unwrap().unwrap();
    assert!(!phc.contains(PASSWORD));
    assert!(password::verify(Some(phc.clone()), Secret::new(PASSWORD)).await.unwrap());
    assert!(!password::verify(Some(phc), Secret::new("every morning the same tea...")).await.unwrap());
    assert_eq!(code(users::set_password(&org.cx, id, Secret::new("short")).await), "bad_password");
}

#[tokio::test]
async fn a_password_is_not_the_login_or_the_address() {
    let (_world, org) = one().await;
    let person =
        NewUser { password: Some(Secret::new("Somebody@corp.example")), ..new("s", "somebody@corp.example") };
    assert_eq!(code(users::create(&org.cx, person).await), "bad_password");
}

#[tokio::test]
async fn whoever_may_not_administer_cannot_take_over_an_administrators_account() {
    let (_world, org) = one().await;
    let helpdesk = org.with_scopes("users.read users.manage");
    let (admin, alice) = (org.founded.administrator.id, org.user("alice").await);
    assert_eq!(code(users::set_password(&helpdesk, admin, Secret::new(PASSWORD)).await), "beyond_own_rights");
    users::set_password(&helpdesk, alice.id, Secret::new(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (_world, org) = one().await;
    let (admin, group) = (org.founded.administrator.id, org.founded.administrators.id);
    let second = org.user("second").await;
    groups::add_member(&org.cx, group, second.id).await.unwrap();
    users::disable(&org.cx, second.id, None, None).await.unwrap();
    assert_eq!(code(users::disable(&org.cx, admin, None, None).await), "last_administrator");
    assert_eq!(code(users::delete(&org.cx, admin, None).await), "last_administrator");
    assert_eq!(code(groups::remove_member(&org.cx, group, admin).await), "last_administrator");
    users::enable(&org.cx, second.id, None).await.unwrap();
    groups::remove_member(&org.cx, group, admin).await.unwrap();
    assert_eq!(code(users::disable(&org.cx, second.id, None, None).await), "last_administrator");
}

#[tokio::test]
async fn of_two_administrators_who_remove_one_another_one_remains() {
    let (_world, org) = one().await;
    let (admin, group) = (org.founded.administrator.id, org.founded.administrators.id);
    let second = org.user("second").await;
    groups::add_member(&org.cx, group, second.id).await.unwrap();
    // Both closures are queued before either runs, so they share one commit.
    let (a, b) = tokio::join!(
        groups::remove_member(&org.cx, group, admin),
        users::disable(&org.cx, second.id, None, None)
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn whoever_answers_for_agents_is_not_deleted_and_others_go_with_all_they_had() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    let app = org.app("crm").await;
    let agent = org.agent("helper").await;
    let client = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    let patch = agents::AgentPatch { sponsor: Some(Some(alice.id)), ..Default::default() };
    agents::update(&org.cx, agent.id, None, patch).await.unwrap();
    assert_eq!(code(users::delete(&org.cx, alice.id, None).await), "user_in_use");

    let report = UserPatch { manager: Some(Some(bob.id)), ..UserPatch::default() };
    users::update(&org.cx, alice.id, None, report).await.unwrap();
    org.group("sales", &[bob.id]).await;
    org.assign(Principal::User(bob.id), app.id, None).await;
    let grant = org.consent(bob.id, &client, Some(app.id)).await;
    org.sign_in(bob.id).await;
    let marks = org.marked_by(users::delete(&org.cx, bob.id, Some(1))).await;
    assert_eq!(marks, keys(&[&bob.id, &grant.id]));
    let hot = org.cx.db().hot();
    assert_eq!(hot.groups_of(bob.id).count(), 0);
    assert!(hot.assignment(Principal::User(bob.id), app.id).is_none());
    assert!(hot.grants_of(bob.id).is_empty());
    assert_eq!(hot.users.find(org.cx.org, alice.id).unwrap().manager, None);
    drop(hot);
    assert_eq!(code(users::get(&org.cx, bob.id).await), "not_found");
    assert_eq!(org.open_sessions(bob.id).await, 0);
}
