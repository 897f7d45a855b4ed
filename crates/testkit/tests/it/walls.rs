//! The walls: what nobody gets past, tried at every route there is.

pub mod calls;
mod console;
mod coverage;
mod denials;
pub mod isolation;
mod matrix;
mod neighbours;
mod own;
mod persons;
mod protocol;
pub mod served;
mod versions;
