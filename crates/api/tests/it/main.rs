//! The router as strangers meet it, over a real SQLite database.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod access;
mod agents;
mod directory;
mod edge;
mod events;
mod explain;
mod follow;
mod guards;
mod hostile;
mod object_ids;
mod openfga;
mod reading;
mod relations;
mod retrieval;
mod scoped;
mod stores;
mod walls;
mod world;
