//! A database, a clock, and somebody who reacts as a test wants.

use std::path::Path;
use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::reactions::{React, Reacted, Reacting};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{Env, Fault, OrgId, Timestamp};
use chancery_store::outbox::{self, Reaction};
use chancery_store::{Config, Db, Location, Who};

pub const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub fn open(folder: &Path, clock: Arc<ManualClock>, seed: u64) -> Db {
    let env = Env::new(clock, SeededEntropy::new(seed));
    Db::open(&Config::new(Location::Sqlite(folder.join("chancery.db"))), env).unwrap()
}

/// Adds so many reactions in one write.
pub async fn post(db: &Db, org: OrgId, many: usize) {
    let write = db.write(org, Who::SYSTEM, move |tx| {
        (0..many).for_each(|n| tx.outbox("test", serde_json::json!(n)));
        let user = tx.id();
        Ok::<_, Fault>(tx.record(Event::UserEnabled { user }).with(()))
    });
    write.await.unwrap();
}

pub async fn waiting(db: &Db) -> i64 {
    db.read(outbox::waiting).await.unwrap()
}

/// Reacts by a closure.
pub struct By<F>(F);

pub fn by<F: Fn(Reaction) -> Reacting + Send + Sync>(f: F) -> By<F> {
    By(f)
}

impl<F: Fn(Reaction) -> Reacting + Send + Sync> React for By<F> {
    fn topics(&self) -> &'static [&'static str] {
        &["test"]
    }
    fn react(&self, reaction: Reaction) -> Reacting {
        (self.0)(reaction)
    }
}

pub fn at_once(reacted: Reacted) -> Reacting {
    Box::pin(async move { reacted })
}
