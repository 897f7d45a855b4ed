//! Rust client for agents: sign-in, client authentication, token exchange.
//!
//! ```no_run
//! use chancery_client::{Client, ClientAuth, HttpOptions};
//!
//! # async fn run(person: &str) -> Result<(), chancery_client::ClientError> {
//! let auth = ClientAuth::SecretBasic { client_id: "cli_1".into(), secret: "…".into() };
//! let client = Client::discover("https://id.example", auth, HttpOptions::default()).await?;
//! // An agent acts for a person: the person's token goes in, a token that names both comes out (RFC 8693).
//! let tokens = client.exchange(person, "https://crm.example", "crm.read").await?;
//! let authorization = format!("Bearer {}", tokens.access_token.expose());
//! # drop(authorization); Ok(()) }
//! ```
//!
//! A person signs in with [`Client::authorize_url`] and [`Client::redeem`]; a native app receives the answer with
//! [`Loopback`]. A person who is elsewhere is asked with [`Client::approve`]. A secret of the vault
//! is lent by [`Client::checkout`], and a permission for a while is asked for with [`Client::request_access`]. All three wait by
//! asking again, or on an event stream: [`Client::waiting_by`]; an agent with an endpoint of its own is pinged, and asks no more:
//! [`Client::pinged_by`].
#![deny(missing_docs)]

mod access;
mod approve;
mod auth;
mod checkout;
mod client;
mod clock;
mod discover;
mod error;
mod events;
mod id_token;
mod login;
mod loopback;
mod management;
mod pings;
mod tokens;
mod waiting;
mod wire;

pub use access::{Access, AccessRequest, Filed};
pub use approve::{Decision, Question, Waiting, Who};
pub use auth::ClientAuth;
pub use checkout::{Asked, Checkout, Lent, Step, Wish};
pub use client::{Client, Introspection};
pub use discover::{HttpOptions, Metadata};
pub use error::ClientError;
pub use events::WaitBy;
pub use login::{AuthorizeRequest, Pending};
pub use loopback::Loopback;
pub use pings::{Heard, Pings};
pub use tokens::{Secret, Tokens};
