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
mod client_credentials;
mod code;
mod confusion;
mod consent;
mod evidence;
mod exchange;
mod guessing;
mod introspection;
mod isolation;
mod metadata;
mod passwords;
mod refresh;
mod signing_out;
mod takeover;
mod userinfo;
mod world;
