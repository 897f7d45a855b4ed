use chancery_context::{Caller, Cx};
use chancery_directory::grants::{self, GrantFilter};
use chancery_kernel::{PageRequest, ScopeSet};

use crate::world::{code, keys, one};

#[tokio::test]
async fn a_person_takes_their_own_consent_back_and_nobody_elses() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    let face = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    let hers = org.consent(alice.id, &face, Some(crm.id)).await;
    let other = org.consent(alice.id, &face, None).await;
    let his = org.consent(bob.id, &face, Some(crm.id)).await;
    let cx = org.as_person(alice.id);
    assert_eq!(grants::list_own(&cx).await.unwrap().len(), 2);
    assert_eq!(code(grants::withdraw_own(&cx, his.id).await), "not_found");
    assert_eq!(org.marked_by(grants::withdraw_own(&cx, hers.id)).await, keys(&[&hers.id]));
    assert_eq!(grants::list_own(&cx).await.unwrap().iter().map(|g| g.id).collect::<Vec<_>>(), [other.id]);
    assert_eq!(code(grants::withdraw_own(&cx, hers.id).await), "not_found");
}

#[tokio::test]
async fn an_agent_with_a_persons_token_does_not_manage_that_persons_consents() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let agent = org.agent("helper").await;
    let face = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    let hers = org.consent(alice.id, &face, None).await;
    let caller = Caller::Token {
        client: face.id,
        application: None,
        agent: Some(agent.id),
        user: Some(alice.id),
        session: None,
        scopes: ScopeSet::empty(),
    };
    let cx = Cx { caller, ..org.cx.clone() };
    assert_eq!(code(grants::list_own(&cx).await), "not_found");
    assert_eq!(code(grants::withdraw_own(&cx, hers.id).await), "not_found");
}

#[tokio::test]
async fn an_administrator_lists_and_withdraws_anybodys() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let agent = org.agent("helper").await;
    let face = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    let grant = org.consent(alice.id, &face, None).await;
    let filter = GrantFilter { agent: Some(agent.id), user: Some(alice.id), ..GrantFilter::default() };
    assert_eq!(grants::list(&org.cx, &PageRequest::most(), &filter).await.unwrap().items.len(), 1);
    assert_eq!(org.marked_by(grants::withdraw(&org.cx, grant.id)).await, keys(&[&grant.id]));
    assert_eq!(code(grants::get(&org.cx, grant.id).await), "not_found");
}
