//! The binary, as it is started and typed at: what it prints, and how it ends.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod demo;
mod evidence;
mod operated;
mod program;
mod sealed;
