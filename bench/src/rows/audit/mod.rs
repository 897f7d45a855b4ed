//! The audit log by itself: appending, verifying, asking.

mod append;
mod lines;
mod query;
mod verify;
mod writers;

pub use append::{append, decision};
pub use lines::spread;
pub use query::run as query;
pub use verify::run as verify;
