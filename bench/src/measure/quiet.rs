//! Whether others use the machine: what they use is noise in every figure.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::own_cpu;

/// Ticks of `/proc/stat` in a second.
const TICKS: f64 = 100.0;
const LOOK: Duration = Duration::from_millis(500);
/// Cores that others may use for the machine to count as quiet.
pub const QUIET: f64 = 0.15;

/// Processor seconds of the whole machine so far, everybody's together.
fn busy() -> anyhow::Result<f64> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().and_then(|line| line.strip_prefix("cpu ")).context("/proc/stat")?;
    let fields: Vec<f64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    // All but the fourth and the fifth, which are idle time, and those after the eighth, which are counted already.
    let idle = |at: usize| (3..=4).contains(&at);
    Ok(fields.iter().take(8).enumerate().filter(|(at, _)| !idle(*at)).map(|(_, ticks)| ticks).sum::<f64>()
        / TICKS)
}

/// Counts what others use beside this process and the server.
pub struct Others {
    began: Instant,
    busy: f64,
    own: f64,
}

impl Others {
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self { began: Instant::now(), busy: busy()?, own: own_cpu()?.as_secs_f64() })
    }

    /// Cores used by others since the start; the server's own seconds are given.
    pub fn cores(&self, server: f64) -> anyhow::Result<f64> {
        let ours = own_cpu()?.as_secs_f64() - self.own + server;
        Ok(((busy()? - self.busy - ours) / self.began.elapsed().as_secs_f64()).max(0.0))
    }
}

/// Waits until others leave the machine alone, or patience ends.
pub fn wait_for_quiet(patience: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        let others = Others::start()?;
        thread::sleep(LOOK);
        if others.cores(0.0)? < QUIET {
            return Ok(());
        }
    }
    Ok(())
}
