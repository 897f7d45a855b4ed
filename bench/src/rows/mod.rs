//! The rows: each measures one thing the issue asks for.

mod accounts;
pub mod audit;
mod ciba;
mod crypto;
mod drill;
mod engine;
pub mod guards;
mod held;
mod introspect;
mod life;
mod lone;
mod people;
mod relations;
mod scale;
mod token;
mod turns;
mod vault;

pub use ciba::{bc_authorize, long_polls, poll_pending};
pub use crypto::{crypto, disk};
pub use drill::token;
pub use engine::engine;
pub use held::hold;
pub use introspect::introspect;
pub use life::{cold_start, leave_world, memory, size};
pub use people::{decide, watchers};
pub use relations::{Asks, beside, relations};
pub use scale::scale;
pub use token::{cc_assertion, cc_eddsa, cc_secret, exchange_cached, exchange_cold};
pub use turns::turns;
pub use vault::{secret_checkout, secret_reveal};
