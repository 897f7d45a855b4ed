//! What can keep a question from being answered.

use crate::tuple::TupleKey;

/// Why there is no answer. The surface gives each OpenFGA's code and status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Code 2000: the question names a type or relation the model does not have, or is malformed.
    #[error("{0}")]
    Invalid(String),
    /// Code 2027: a contextual tuple does not fit the model.
    #[error("Invalid tuple '{tuple}'. Reason: {reason}")]
    InvalidTuple { tuple: TupleKey, reason: String },
    /// Code 2000: a condition could not be evaluated, and the answer rests on it.
    #[error("failed to evaluate relationship condition: '{condition}' - {reason}")]
    Condition { condition: String, reason: String },
    /// Code 2000: a value given for a condition is not of the type its parameter has.
    #[error(
        "failed to evaluate relationship condition: parameter type error on condition '{condition}' - {reason}"
    )]
    Parameter { condition: String, reason: String },
    /// Code 2002: deeper than 25 steps.
    #[error(
        "Authorization Model resolution required too many rewrite rules to be resolved. Check your authorization model for infinite recursion or too much nesting"
    )]
    TooComplex,
    /// The time that was given is over.
    #[error("the question took longer than it was given")]
    Deadline,
}
