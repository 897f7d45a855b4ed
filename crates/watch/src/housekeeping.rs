//! Forgetting what can matter to nobody any more.

use std::time::Duration;

use chancery_context::Platform;
use chancery_kernel::{Outcome, Seconds};
use chancery_store::DbFault;
use chancery_store::tables::{codes, families, marks, sessions, spent, throttles};

/// A code or refresh token that comes back late should still be recognized as a replay.
const REPLAYS: Seconds = Seconds::days(1);
/// So long a counter of failed attempts remembers.
const FAILURES: Seconds = Seconds::days(1);
/// So long an ended session stays in its owner's list.
const SESSIONS: Seconds = Seconds::days(7);
/// Clocks of those whose single-use identifiers we keep may be this far off.
const SKEW: Seconds = Seconds(120);

const EVERY: Duration = Duration::from_secs(60);

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub codes: u64,
    pub families: u64,
    pub spent: u64,
    pub sessions: u64,
    pub throttles: u64,
    pub marks: u64,
}

/// Forgets once.
pub async fn tick(platform: &Platform) -> Outcome<Forgotten> {
    let now = platform.db.env().now();
    let forgotten = platform
        .db
        .maintain(move |sql| {
            Ok::<_, DbFault>(Forgotten {
                codes: codes::prune(sql, now.minus(REPLAYS))?,
                families: families::prune(sql, now.minus(REPLAYS))?,
                spent: spent::prune(sql, now.minus(SKEW))?,
                sessions: sessions::prune(sql, now.minus(SESSIONS))?,
                throttles: throttles::prune(sql, now.minus(FAILURES))?,
                marks: marks::forget(sql, now)?,
            })
        })
        .await?;
    Ok(forgotten)
}

/// Forgets every minute, for as long as the future is polled.
pub async fn run(platform: Platform) {
    let mut pace = tokio::time::interval(EVERY);
    loop {
        pace.tick().await;
        match tick(&platform).await {
            Ok(forgotten) => tracing::debug!(?forgotten, "housekeeping"),
            Err(fault) => tracing::warn!("housekeeping failed: {}", fault.log_line()),
        }
    }
}
