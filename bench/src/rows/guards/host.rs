//! A process of guards: it is told a token, calls all of them with it until the last has refused, and says when the
//! last call was let through.

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::stand::{Post, Stand, bearer};
use crate::measure::wall_micros;

/// The first line the host is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Muster {
    pub post: Post,
    pub guards: usize,
}

/// What the host says after each token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Wall time in microseconds of the last call that was let through.
    pub last_allowed: i64,
    pub checks: usize,
    /// Microseconds between two calls of the same guard, at most.
    pub slowest_pass: u64,
    /// Guards that never refused.
    pub stubborn: usize,
}

/// Said once all guards stand, and once each has let a token through.
pub const READY: &str = "ready";

/// Each guard is called this often, if the machine keeps up.
const PACE: Duration = Duration::from_millis(1);
/// A guard that has not refused by now does not hear.
const PATIENCE: Duration = Duration::from_secs(20);
/// Guards started at a time.
const ABREAST: usize = 16;

/// Serves until standard input ends.
pub fn serve() -> anyhow::Result<()> {
    let runtime = crate::world::runtime()?;
    let mut lines = std::io::stdin().lock().lines();
    let muster: Muster = serde_json::from_str(&lines.next().context("nobody says what to guard")??)?;
    let mut stands = runtime.block_on(stands(&muster))?;
    say(READY)?;
    for token in lines {
        let bearer = bearer(&token?)?;
        for stand in &mut stands {
            let status = runtime.block_on(stand.check(&bearer))?;
            ensure!(status == StatusCode::OK, "a live token is refused: {status}");
        }
        say(READY)?;
        let seen = watch(&runtime, &mut stands, &bearer)?;
        say(&serde_json::to_string(&seen)?)?;
        for stand in &stands {
            ensure!(runtime.block_on(stand.flush()), "outcomes could not be reported within ten seconds");
        }
        say(READY)?;
    }
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

async fn stands(muster: &Muster) -> anyhow::Result<Vec<Stand>> {
    let (mut starting, mut stands) = (JoinSet::new(), Vec::with_capacity(muster.guards));
    for _ in 0..muster.guards {
        if starting.len() >= ABREAST {
            let started: Option<Result<anyhow::Result<Stand>, _>> = starting.join_next().await;
            stands.push(started.context("no guard")???);
        }
        let post = muster.post.clone();
        starting.spawn(async move { Stand::start(&post).await });
    }
    while let Some(started) = starting.join_next().await {
        stands.push(started??);
    }
    ensure!(stands.iter().all(Stand::hears), "a guard does not hear the feed");
    Ok(stands)
}

/// Calls every guard in turn until each has refused.
fn watch(runtime: &Runtime, stands: &mut [Stand], bearer: &http::HeaderValue) -> anyhow::Result<Seen> {
    let began = Instant::now();
    let mut seen = Seen { last_allowed: 0, checks: 0, slowest_pass: 0, stubborn: 0 };
    let mut open: Vec<&mut Stand> = stands.iter_mut().collect();
    while !open.is_empty() && began.elapsed() < PATIENCE {
        let pass = Instant::now();
        let mut still = Vec::with_capacity(open.len());
        for stand in open {
            seen.checks += 1;
            if runtime.block_on(stand.check(bearer))? == StatusCode::OK {
                seen.last_allowed = wall_micros();
                still.push(stand);
            }
        }
        open = still;
        seen.slowest_pass = seen.slowest_pass.max(u64::try_from(pass.elapsed().as_micros())?);
        std::thread::sleep(PACE.saturating_sub(pass.elapsed()));
    }
    seen.stubborn = open.len();
    Ok(seen)
}
