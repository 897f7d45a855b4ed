use chancery_audit::Event;
use chancery_audit::fields::Text;
use chancery_kernel::{Fault, Seconds};
use chancery_model::MarkKey;
use chancery_store::Who;
use chancery_store::tables::spent;
use chancery_watch::{health, housekeeping};

use crate::world::World;

#[tokio::test]
async fn what_can_matter_to_nobody_any_more_is_forgotten() {
    let world = World::new().await;
    let (agent, now) = (world.agent, world.now());
    let write = world.platform.db.write(world.org, Who::SYSTEM, move |tx| {
        let recorded = tx.record(Event::ServerStarted { version: Text::new("1") });
        tx.mark(MarkKey::Agent(agent), recorded.pos)?;
        spent::spend(tx.sql(), now.plus(Seconds(300)), &[1; 16])?;
        Ok::<_, Fault>(recorded.with(()))
    });
    write.await.unwrap();
    assert_eq!(housekeeping::tick(&world.platform).await.unwrap(), housekeeping::Forgotten::default());
    world.clock.advance(Seconds::hours(1));
    let forgotten = housekeeping::tick(&world.platform).await.unwrap();
    assert_eq!((forgotten.marks, forgotten.spent), (1, 1));
}

#[tokio::test]
async fn a_node_that_can_write_says_so() {
    let world = World::new().await;
    health::writable(&world.platform).await.unwrap();
}
