//! Resource-server verification as a tower layer, with the feed of revocation marks.
//!
//! An API that is called by agents adds a guard in front of its routes. The guard checks the token of every request
//! (RFC 9068 §4), answers refusals with the challenges of RFC 6750 §3, refuses revoked tokens within milliseconds of
//! the revocation, and reports what came of each call to the evidence log of the issuer.
//!
//! ```no_run
//! use axum::{Extension, Router, routing::get};
//! use chancery_guard::{Caller, Guard, Require};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = String::new();
//! let guard = Guard::builder("https://id.example").audience("https://crm.example").client("cli_1", secret).start().await?;
//! let app: Router = Router::new()
//!     .route("/customers", get(|Extension(caller): Extension<Caller>| async move { caller.subject.clone() }))
//!     .layer(guard.layer(Require::scope("crm.read")));
//! # Ok(()) }
//! ```
//!
//! **When the issuer cannot be heard.** A guard that has heard nothing valid for [`Builder::max_silence`] does not know
//! whether an agent was stopped meanwhile, so it answers 503 to every token that involves an agent. Tokens of people
//! and services without an agent still pass.
#![deny(missing_docs)]

mod account;
mod builder;
mod cache;
mod caller;
mod check;
mod clock;
mod feed;
mod issuer;
mod layer;
pub mod marks;
mod refusal;
mod reports;
mod require;
mod shared;
mod sse;

pub use builder::{Builder, StartError};
pub use caller::{Actor, Caller, Details, Profile};
pub use layer::{GuardLayer, GuardService};
pub use require::Require;
pub use shared::Guard;
