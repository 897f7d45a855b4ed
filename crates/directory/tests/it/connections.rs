use chancery_directory::connections::{self, ConnectionPatch, NewConnection};
use chancery_kernel::{AgentId, AppId, ScopeSet, Seconds};
use chancery_model::{ApproverRule, MarkKey};

use crate::world::{code, keys, nobody, none, one, set};

/// A connection that says nothing.
pub fn blank(agent: AgentId, application: AppId) -> NewConnection {
    NewConnection {
        agent,
        application,
        auto: ScopeSet::empty(),
        approval: ScopeSet::empty(),
        never: ScopeSet::empty(),
        approver: ApproverRule::Person.into(),
        asks_by_itself: false,
        longest_lifetime: None,
        ends: None,
    }
}

#[tokio::test]
async fn a_scope_stands_in_one_tier_and_is_the_applications() {
    let (_world, org) = one().await;
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    let try_create = |auto: &str, approval: &str, never: &str| {
        let new = NewConnection {
            auto: set(auto),
            approval: set(approval),
            never: set(never),
            ..blank(agent.id, crm.id)
        };
        connections::create(&org.cx, new)
    };
    assert_eq!(code(try_create("read", "read", "").await), "two_tiers");
    assert_eq!(code(try_create("", "write", "write").await), "two_tiers");
    assert_eq!(code(try_create("read", "", "read").await), "two_tiers");
    assert_eq!(code(try_create("fly", "", "").await), "unknown_scope");
    try_create("read", "write", "purge").await.unwrap();
    assert_eq!(code(try_create("read", "", "").await), "already_connected");
}

#[tokio::test]
async fn limits_are_some_and_ends_are_ahead() {
    let (_world, org) = one().await;
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    let long = NewConnection { longest_lifetime: Some(Seconds(901)), ..blank(agent.id, crm.id) };
    assert_eq!(code(connections::create(&org.cx, long).await), "bad_lifetime");
    let over = NewConnection { ends: Some(org.cx.now()), ..blank(agent.id, crm.id) };
    assert_eq!(code(connections::create(&org.cx, over).await), "in_the_past");
    let strange =
        NewConnection { approver: ApproverRule::Group { group: nobody() }.into(), ..blank(agent.id, crm.id) };
    assert_eq!(code(connections::create(&org.cx, strange).await), "unknown_reference");
}

#[tokio::test]
async fn a_stricter_connection_marks_the_pair_and_a_freer_one_nothing() {
    let (_world, org) = one().await;
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    // As free as the application's own tiers: nothing is lost.
    let new = NewConnection { auto: set("read write"), ..blank(agent.id, crm.id) };
    let id = {
        let before = org.marks();
        let made = connections::create(&org.cx, new).await.unwrap();
        assert_eq!(org.marks(), before);
        made.id
    };
    let now = org.cx.now();
    let stricter = [
        ConnectionPatch { auto: Some(set("read")), approval: Some(set("write")), ..Default::default() },
        ConnectionPatch { auto: Some(set("")), never: Some(set("read")), ..Default::default() },
        ConnectionPatch { longest_lifetime: Some(Some(Seconds(60))), ..Default::default() },
        ConnectionPatch { ends: Some(Some(now.plus(Seconds::days(1)))), ..Default::default() },
    ];
    for patch in stricter {
        let before = org.cx.db().hot().mark_seq(org.cx.org);
        connections::update(&org.cx, id, None, patch.clone()).await.unwrap();
        assert_eq!(org.cx.db().hot().mark_seq(org.cx.org), before + 1, "{patch:?}");
    }
    assert_eq!(org.marks(), keys(&[&MarkKey::AgentApplication(agent.id, crm.id)]));
    let freer = [
        ConnectionPatch { never: Some(set("")), ..Default::default() },
        ConnectionPatch { longest_lifetime: Some(Some(Seconds(90))), ..Default::default() },
        ConnectionPatch { ends: Some(None), ..Default::default() },
        ConnectionPatch { approver: Some(ApproverRule::AgentSponsor.into()), ..Default::default() },
    ];
    for patch in freer {
        let before = org.cx.db().hot().mark_seq(org.cx.org);
        connections::update(&org.cx, id, None, patch.clone()).await.unwrap();
        assert_eq!(org.cx.db().hot().mark_seq(org.cx.org), before, "{patch:?}");
    }
}

#[tokio::test]
async fn a_new_connection_that_is_stricter_than_the_application_marks_the_pair() {
    let (_world, org) = one().await;
    let (agent, other) = (org.agent("helper").await, org.agent("other").await);
    let crm = org.app("crm").await;
    let strict = NewConnection { approval: set("read"), ..blank(agent.id, crm.id) };
    let marks = org.marked_by(connections::create(&org.cx, strict)).await;
    assert_eq!(marks, keys(&[&MarkKey::AgentApplication(agent.id, crm.id)]));
    assert_eq!(org.marked_by(connections::create(&org.cx, blank(other.id, crm.id))).await, none());
}

#[tokio::test]
async fn a_deleted_connection_marks_the_pair_alone() {
    let (_world, org) = one().await;
    let (agent, crm, hr) = (org.agent("helper").await, org.app("crm").await, org.app("hr").await);
    let connection = connections::create(&org.cx, blank(agent.id, crm.id)).await.unwrap();
    connections::create(&org.cx, blank(agent.id, hr.id)).await.unwrap();
    let marks = org.marked_by(connections::delete(&org.cx, connection.id, Some(1))).await;
    assert_eq!(marks, keys(&[&MarkKey::AgentApplication(agent.id, crm.id)]));
}

#[tokio::test]
async fn whoever_may_not_administer_gives_no_agent_a_way_to() {
    let (_world, org) = one().await;
    let (agent, api) = (org.agent("helper").await, org.founded.management.id);
    let cx = org.with_scopes("connections.read connections.manage");
    let free = NewConnection { auto: set("users.manage"), ..blank(agent.id, api) };
    assert_eq!(code(connections::create(&cx, free).await), "beyond_own_rights");
    let asked = NewConnection { approval: set("users.manage"), ..blank(agent.id, api) };
    assert_eq!(
        code(connections::create(&cx, asked).await),
        "beyond_own_rights",
        "never is less than approval"
    );
    // To narrow what others gave is no gift; to lift that again is one.
    let strict = NewConnection { never: set("users.read"), ..blank(agent.id, api) };
    let strict = connections::create(&cx, strict).await.unwrap();
    assert_eq!(code(connections::delete(&cx, strict.id, None).await), "beyond_own_rights");
    let loose = ConnectionPatch { never: Some(set("")), auto: Some(set("users.read")), ..Default::default() };
    assert_eq!(code(connections::update(&cx, strict.id, None, loose).await), "beyond_own_rights");
    let ends = Some(org.cx.now().plus(Seconds::hours(1)));
    let soon = ConnectionPatch { ends: Some(ends), ..Default::default() };
    connections::update(&cx, strict.id, None, soon).await.unwrap();
    org.clock.advance(Seconds::hours(2));
    let again = ConnectionPatch { ends: Some(None), ..Default::default() };
    assert_eq!(code(connections::update(&cx, strict.id, None, again).await), "beyond_own_rights");
    connections::delete(&org.cx, strict.id, None).await.unwrap();
    let own = org.with_scopes("connections.read connections.manage users.read");
    let held = NewConnection { auto: set("users.read"), ..blank(agent.id, api) };
    connections::create(&own, held).await.unwrap();
}
