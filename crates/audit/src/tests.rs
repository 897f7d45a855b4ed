//! The catalogue and the lines it writes.

mod catalogue;
mod lines;
