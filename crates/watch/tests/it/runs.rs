use chancery_audit::Event;
use chancery_audit::fields::Text;
use chancery_kernel::{Fault, Kind, PageRequest, RunId, Seconds};
use chancery_model::MarkKey;
use chancery_store::Who;
use chancery_store::tables::runs as table;
use chancery_watch::runs;

use crate::world::World;

async fn begin(world: &World, about: &str) -> RunId {
    let id: RunId = world.platform.db.env().id();
    let run = table::Run {
        id,
        org: world.org,
        agent: world.agent,
        user: world.user,
        about: about.into(),
        began: world.now(),
        session: None,
        stopped: None,
    };
    let write = world.platform.db.write(world.org, Who::SYSTEM, move |tx| {
        table::insert(tx.sql(), &run)?;
        Ok::<_, Fault>(tx.record(Event::ServerStarted { version: Text::new("a run began") }).with(()))
    });
    write.await.unwrap();
    world.clock.advance(Seconds(1));
    id
}

#[tokio::test]
async fn stopping_a_run_kills_its_tokens_once() {
    let world = World::new().await;
    let cx = world.system();
    let (one, other) = (begin(&world, "one").await, begin(&world, "other").await);
    let stopped = runs::stop(&cx, one, "it asks for too much").await.unwrap();
    let hot = world.platform.db.hot();
    assert!(hot.killed_by(&[MarkKey::Run(one)], stopped.pos - 1).is_some());
    assert!(hot.killed_by(&[MarkKey::Run(one)], stopped.pos).is_none());
    assert!(hot.killed_by(&[MarkKey::Run(other)], 0).is_none());
    drop(hot);
    assert_eq!(runs::stop(&cx, one, "again").await.unwrap_err().code, "already_stopped");
    assert!(runs::get(&cx, one).await.unwrap().stopped.is_some());
    assert!(runs::get(&cx, other).await.unwrap().stopped.is_none());
    let unknown = world.platform.db.env().id();
    assert_eq!(runs::stop(&cx, unknown, "x").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn runs_of_an_agent_come_latest_first_in_pages() {
    let world = World::new().await;
    let cx = world.system();
    for about in ["a", "b", "c"] {
        begin(&world, about).await;
    }
    let first = runs::list(&cx, world.agent, &PageRequest::new(None, Some(2))).await.unwrap();
    let texts = |page: &[runs::Run]| page.iter().map(|run| run.about.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&first.items), ["c", "b"]);
    let next = PageRequest::new(first.next.map(|cursor| cursor.0), Some(2));
    let second = runs::list(&cx, world.agent, &next).await.unwrap();
    assert_eq!((texts(&second.items), second.next), (vec!["a".to_owned()], None));
}
