//! Use cases against a real SQLite database, with a clock that stands still and seeded randomness.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod checkpoints;
mod contain;
mod events;
mod export;
mod feed;
mod housekeeping;
mod outcomes;
mod runs;
mod world;
