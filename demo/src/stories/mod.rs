//! The stories, and what their scenes have in common.

pub(crate) mod one;
mod ledger;
mod scenes;
pub(crate) mod two;
