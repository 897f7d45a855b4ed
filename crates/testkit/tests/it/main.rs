//! The server as its callers meet it: friends, strangers and thieves, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod assertions;
mod boot;
mod browser;
mod chains;
mod client_credentials;
mod code;
mod confusion;
mod consent;
mod endpoints;
mod exchange;
mod guessing;
mod introspection;
mod leaks;
mod metadata;
mod nodes;
mod refresh;
mod signing_out;
mod trouble;
mod userinfo;
mod walls;
mod world;
