//! What every room may use: typed ids, time and randomness as arguments, secrets, faults, scopes, paging, networks.
//!
//! Pure: no async, no I/O, and the clock and the source of randomness come in through [`Env`].

pub mod cidr;
pub mod env;
pub mod fault;
pub mod id;
pub mod page;
pub mod scope;
pub mod secret;
pub mod text;
pub mod time;
pub mod ulid;

pub use cidr::Cidr;
pub use env::Env;
pub use fault::{Fault, Kind, Outcome};
pub use id::*;
pub use page::{Cursor, Page, PageRequest};
pub use scope::{Scope, ScopeSet};
pub use secret::{Secret, SecretKind};
pub use time::{Seconds, Timestamp};
