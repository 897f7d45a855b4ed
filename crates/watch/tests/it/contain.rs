use chancery_audit::Verdict;
use chancery_kernel::{Id, Kind, OrgId};
use chancery_model::{Agent, Stage};
use chancery_store::tables::versions;
use chancery_watch::{contain, release, tokens};

use crate::world::World;

#[tokio::test]
async fn containing_kills_what_was_decided_before_and_nothing_after() {
    let world = World::new().await;
    let cx = world.system();
    let before = world.decide("before", Verdict::Allow).await;
    assert!(!world.is_dead("before", before));
    let contained = contain(&cx, world.agent, "it reads too much").await.unwrap();
    assert!(before < contained.pos);
    assert!(world.is_dead("before", before));
    assert!(!world.is_dead("after", contained.pos));
    let released = release(&cx, world.agent, "the reason was found").await.unwrap();
    assert_eq!(released.incident, contained.incident);
    let after = world.decide("after", Verdict::Allow).await;
    assert!(!world.is_dead("after", after));
    assert!(world.is_dead("before", before), "a release revives nothing");
}

#[tokio::test]
async fn a_second_containment_and_a_second_release_conflict() {
    let world = World::new().await;
    let cx = world.system();
    let refusal = release(&cx, world.agent, "too early").await.unwrap_err();
    assert_eq!((refusal.kind, refusal.code), (Kind::Conflict, "not_contained"));
    contain(&cx, world.agent, "once").await.unwrap();
    let refusal = contain(&cx, world.agent, "twice").await.unwrap_err();
    assert_eq!((refusal.kind, refusal.code), (Kind::Conflict, "already_contained"));
    release(&cx, world.agent, "once").await.unwrap();
    assert_eq!(release(&cx, world.agent, "twice").await.unwrap_err().code, "not_contained");
}

#[tokio::test]
async fn of_two_who_contain_at_once_one_wins() {
    let world = World::new().await;
    let cx = world.system();
    let (a, b) = tokio::join!(contain(&cx, world.agent, "one"), contain(&cx, world.agent, "two"));
    assert_eq!(a.is_ok() as u8 + b.is_ok() as u8, 1);
}

#[tokio::test]
async fn the_agent_remembers_who_contained_it_and_why() {
    let world = World::new().await;
    let cx = world.system();
    let contained = contain(&cx, world.agent, " it reads too much ").await.unwrap();
    let agent = world.platform.db.hot().agents.find(world.org, world.agent).unwrap().clone();
    let held = agent.contained.clone().unwrap();
    assert_eq!(
        (held.incident, held.reason.as_str(), held.by.as_str()),
        (contained.incident, "it reads too much", "system")
    );
    assert!(!agent.is_live(world.now()));
    let id = world.agent;
    let versions = world.platform.db.read(move |sql| versions::of(sql, id)).await.unwrap();
    assert_eq!((versions[0].number, versions[0].why.as_str()), (2, "it reads too much"));
    assert_eq!(versions[0].record, *agent);
}

#[tokio::test]
async fn foreign_and_unknown_agents_look_the_same() {
    let world = World::new().await;
    let mut cx = world.system();
    let unknown = contain(&cx, world.platform.db.env().id(), "x").await.unwrap_err();
    cx.org = OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(9));
    let foreign = contain(&cx, world.agent, "x").await.unwrap_err();
    assert_eq!((unknown.kind, &unknown.public), (Kind::NotFound, &foreign.public));
}

#[tokio::test]
async fn containing_needs_the_scope_and_a_reason_and_an_agent_that_is_not_retired() {
    let world = World::new().await;
    let stranger = world.caller(None, "agents.read");
    assert_eq!(contain(&stranger, world.agent, "x").await.unwrap_err().code, "insufficient_scope");
    let cx = world.system();
    assert_eq!(contain(&cx, world.agent, " ").await.unwrap_err().code, "reason_missing");
    let old = world.platform.db.env().id();
    world.insert(Agent { stage: Stage::Retired, ..world.agent_record(old, "old") }).await;
    assert_eq!(contain(&cx, old, "x").await.unwrap_err().code, "retired");
}

#[tokio::test]
async fn live_tokens_are_those_that_were_allowed_and_are_neither_expired_nor_killed() {
    let world = World::new().await;
    let cx = world.system();
    world.decide("one", Verdict::Allow).await;
    world.decide("refused", Verdict::Deny).await;
    world.decide("two", Verdict::Allow).await;
    let live = tokens::live(&cx, world.agent).await.unwrap();
    let names: Vec<&str> = live.items.iter().map(|token| token.jti.as_str()).collect();
    assert_eq!((names.as_slice(), live.more), (["two", "one"].as_slice(), false));
    assert_eq!(live.items[0].user.as_ref().unwrap().1, "alice");
    contain(&cx, world.agent, "stop").await.unwrap();
    assert!(tokens::live(&cx, world.agent).await.unwrap().items.is_empty());
    release(&cx, world.agent, "go").await.unwrap();
    world.decide("three", Verdict::Allow).await;
    assert_eq!(tokens::live(&cx, world.agent).await.unwrap().items.len(), 1);
    world.clock.advance(chancery_kernel::Seconds(300));
    assert!(tokens::live(&cx, world.agent).await.unwrap().items.is_empty());
}
