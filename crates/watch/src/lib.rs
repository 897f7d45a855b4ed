//! Reading the audit log, containment, the feed of marks, outcomes of guards.
//!
//! Use cases take the context first and ask it for permission first. What runs by itself (the feed, checkpoints,
//! housekeeping) is a future that the server supervises.

pub mod checkpoints;
pub mod contain;
pub mod events;
pub mod export;
pub mod feed;
pub mod health;
pub mod housekeeping;
pub mod outcomes;
pub mod runs;
pub mod tokens;
mod words;

pub use contain::{Contained, contain, release};
