//! Relationships to measure with: a drive grown from a seed, what is true in it, and what is asked of it.

mod drive;
mod place;
mod questions;
mod random;
mod right;
mod rows;
mod truth;

pub use drive::{Drive, Fact, GRANTED, HOLDS, Kind, MODEL, Sizes, Subject, is_timed, name};
pub use place::{Place, rfc3339};
pub use questions::{Asked, Question, Questions};
pub use right::{batch_is_right, filter_is_right, list_is_right};
