//! How a run is made: rounds, their length, where things are.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

/// What every row is given.
#[derive(Clone, Debug)]
pub struct Plan {
    pub rounds: usize,
    pub round: Duration,
    pub warm_up: Duration,
    pub connections: usize,
    /// Registered clients of the token rows.
    pub clients: usize,
    /// The binary `chancery`.
    pub server: PathBuf,
    /// Where data folders are made; the disk that counts.
    pub folder: PathBuf,
    /// How long to wait before a round until others leave the machine alone.
    pub patience: Duration,
    /// Gives the server's process id and time to attach a profiler.
    pub profile: bool,
}

impl Plan {
    /// A data folder that goes with the run.
    pub fn scratch(&self) -> anyhow::Result<TempDir> {
        let made = tempfile::Builder::new().prefix("chancery-bench-").tempdir_in(&self.folder);
        made.with_context(|| format!("no folder can be made in {}", self.folder.display()))
    }
}
