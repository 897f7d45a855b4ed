use chancery_audit::{Anchor, Verdict, VerifierKey, VerifyOptions, verify};
use chancery_store::log;
use chancery_watch::{checkpoints, export};

use crate::world::World;

#[tokio::test]
async fn an_export_verifies_and_continues_an_older_checkpoint() {
    let world = World::new().await;
    for n in 0..700 {
        world.decide(&format!("t{n}"), Verdict::Allow).await;
        if n % 100 == 0 {
            checkpoints::tick(&world.platform, [world.org]).await.unwrap();
        }
    }
    let mut bytes = Vec::new();
    export::export(&world.system(), &mut bytes).await.unwrap();
    let org = world.org;
    let older = world.platform.db.read(move |sql| log::checkpoints(sql, org, Some(200), 1)).await.unwrap();
    let options = VerifyOptions {
        trusted_key: Some(VerifierKey::of(world.platform.vault.log_signer()).unwrap()),
        older_checkpoint: Some(older[0].note.clone()),
        ..VerifyOptions::default()
    };
    let report = verify(bytes.as_slice(), options.clone()).unwrap();
    assert_eq!((report.entries, report.checkpoints), (706, 8));
    assert_eq!((report.anchor, report.continues), (Anchor::TrustedKey, Some(older[0].size)));
    let text = String::from_utf8(bytes).unwrap();
    let forged = text.replacen("alice", "mallo", 1);
    assert!(verify(forged.as_bytes(), options.clone()).is_err());
    let cut = text.trim_end().rsplit_once('\n').unwrap().0;
    assert!(verify(cut.as_bytes(), options).is_err(), "without its footer it is incomplete");
}

#[tokio::test]
async fn an_export_needs_the_scope() {
    let world = World::new().await;
    let stranger = world.caller(None, "agents.read");
    assert_eq!(export::export(&stranger, Vec::new()).await.unwrap_err().code, "insufficient_scope");
}
