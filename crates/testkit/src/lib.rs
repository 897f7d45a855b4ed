//! Boots the real server in-process; the server, wall and world tests.
//!
//! A [`Kit`] is a whole server on a port of its own, with a scratch database, a clock that stands still until it is
//! told otherwise, and randomness that repeats. Tests speak to it over HTTP, as everybody does.

mod api;
mod browser;
mod clock;
pub mod endpoint;
mod html;
pub mod journal;
mod kit;
mod login;
pub mod watch;

pub use api::{Answer, Api};
pub use browser::{Browser, Page};
pub use clock::TestClock;
pub use endpoint::Endpoint;
pub use kit::{ADMINISTRATOR, Kit, ORGANIZATION, PASSWORD, START, calling_here};

/// How long a client of the tests keeps a connection: the server closes one after ten seconds, and may do so at the moment in
/// which it is asked again.
pub const IDLE: std::time::Duration = std::time::Duration::from_secs(5);
