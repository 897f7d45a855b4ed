//! The server as its callers meet it: friends, strangers and thieves, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod agbac;
mod approvals;
mod assertions;
mod boot;
mod browser;
mod chains;
mod chains_made;
mod client_credentials;
mod code;
mod confusion;
mod consent;
mod derived;
#[expect(dead_code, reason = "the room of factors shares it, and uses all of it")]
mod device;
mod endpoints;
mod ends;
mod evidence;
mod exchange;
mod factors;
mod guessing;
mod introspection;
mod keys_agree;
mod killed;
mod leaks;
mod metadata;
mod nodes;
mod operator;
mod passwords;
mod people;
mod races;
mod refresh;
mod refusals;
mod relations;
mod signing_out;
mod stays_dead;
mod strangers;
mod takeover;
mod targets;
mod tokens;
mod trouble;
mod userinfo;
mod vault;
mod walls;
mod world;
