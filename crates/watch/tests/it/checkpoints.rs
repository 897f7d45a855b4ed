use chancery_audit::{Checkpoint, Event, Verdict, VerifierKey};
use chancery_store::log;
use chancery_vault::deployment;
use chancery_watch::checkpoints;

use crate::world::World;

#[tokio::test]
async fn a_log_that_grew_is_signed_and_noted_in_the_deployments_log() {
    let world = World::new().await;
    world.decide("t1", Verdict::Allow).await;
    let all = checkpoints::all(&world.platform).await.unwrap();
    assert!(all.contains(&world.org) && all.contains(&deployment()));
    assert_eq!(checkpoints::tick(&world.platform, all.clone()).await.unwrap(), 2);
    let org = world.org;
    let (tree, kept) = world
        .platform
        .db
        .read(move |sql| Ok((log::frontier(sql, org)?, log::checkpoints(sql, org, None, 9)?)))
        .await
        .unwrap();
    assert_eq!(kept.len(), 1);
    let key = VerifierKey::of(world.platform.vault.log_signer()).unwrap();
    let opened = Checkpoint::open(&kept[0].note, &[key]).unwrap();
    assert_eq!((opened.size, opened.root), (tree.size(), tree.root()));
    assert_eq!(opened.origin, format!("id.example/log/{org}"));
    let noted = world.platform.db.read(|sql| log::entries(sql, deployment(), 1, 100)).await.unwrap();
    let last = noted.last().unwrap().decode().unwrap();
    assert!(
        matches!(last.event(), Some(Event::LogCheckpointed { log, size, .. }) if *log == org && *size == kept[0].size)
    );
    assert_eq!(checkpoints::tick(&world.platform, all).await.unwrap(), 0, "nothing grew, nothing is signed");
}

#[tokio::test]
async fn the_job_signs_what_grew_before_and_after_it_began() {
    let world = World::new().await;
    let org = world.org;
    let job = tokio::spawn(checkpoints::run(world.platform.clone()));
    for round in 0..2 {
        let pos = world.decide(&format!("t{round}"), Verdict::Allow).await;
        let signed = async {
            loop {
                let kept =
                    world.platform.db.read(move |sql| log::checkpoints(sql, org, None, 1)).await.unwrap();
                if kept.first().is_some_and(|checkpoint| checkpoint.size >= pos) {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), signed).await.expect("nothing was signed");
    }
    job.abort();
}
