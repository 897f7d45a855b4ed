//! Fine-grained authorization by relationships, the pure part: the model language, conditions, and the answers to "may this
//! user do that with this object", "what can they reach" and "who can reach it", with OpenFGA's meaning.
//!
//! Nothing here reads a clock, a disk or a network. Tuples arrive as changes with a version; a [`tuple::Tuple`] that does
//! not fit the model in use is skipped when it is read, as OpenFGA does.

pub mod condition;
pub mod dsl;
pub mod effect;
pub mod engine;
pub mod fault;
pub mod fields;
mod json;
pub mod judge;
pub mod model;
pub mod model_error;
pub mod names;
pub mod retrieval;
pub mod size;
pub mod tuple;
pub mod validate;
pub mod write_rules;
