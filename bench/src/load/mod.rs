//! The load generator: a closed loop and an open one over plain HTTP/1.1 connections that stay open, on one thread; and
//! single calls.

mod answer;
mod call;
mod drive;
mod hold;
mod pace;
mod request;

pub use call::call;
pub use drive::{Orders, Tally, Wheel, drive};
pub use hold::hold;
pub use request::{basic, form, get, post, post_json};
