//! Server-rendered pages: login, consent, administration.
//!
//! A page is a pure function from a [`frame::Frame`] (who looks, in which organization) and its own `View` (plain
//! data) to markup. Nothing here asks the store; handlers fill the views and call `render`.

pub mod app;
pub mod assets;
pub mod frame;
pub mod links;
pub mod pages;
pub mod parts;
pub mod sample;
mod web;

pub use web::{Console, router};

/// Sent with every page. Nothing inline, nothing foreign, never framed.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
