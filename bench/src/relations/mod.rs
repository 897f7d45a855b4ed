//! Relationships to measure with: a drive grown from a seed, what is true in it, and what is asked of it.

mod drive;
mod questions;
mod random;
mod rows;
mod truth;

pub use drive::{Drive, Fact, GRANTED, HOLDS, Kind, MODEL, Sizes, Subject, name};
pub use questions::{Asked, Question, Questions};
pub use random::Random;
pub use truth::Circle;
