//! The fetcher, against servers that behave and servers that do not.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod fetch;
mod server;
