//! The stories, and what their scenes have in common.

mod ledger;
pub(crate) mod one;
mod scenes;
pub(crate) mod two;
