//! What can keep a question from being answered.

use crate::condition::EvalError;
use crate::tuple::TupleKey;

/// The tuple on whose condition an answer rests, and the parameters that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub tuple: TupleKey,
    pub missing: Vec<String>,
}

/// Why there is no answer. The surface gives each OpenFGA's code and status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Code 2000: the question names a type or relation the model does not have, or is malformed.
    #[error("{0}")]
    Invalid(String),
    /// Code 2021: a list is asked of a type the model does not have.
    #[error("type '{0}' not found")]
    TypeNotFound(String),
    /// Code 2022: a list is asked of a relation the type does not have.
    #[error("relation '{type_name}#{relation}' not found")]
    RelationNotFound { type_name: String, relation: String },
    /// Code 2027: a contextual tuple does not fit the model; the whole sentence.
    #[error("{0}")]
    InvalidTuple(String),
    /// Code 2000: a condition could not be evaluated, and the answer rests on it.
    #[error("failed to evaluate relationship condition: '{condition}' - {reason}")]
    Condition { condition: String, reason: String, open: Option<Box<Open>> },
    /// Code 2000: a value that a condition reads is not of the type it declares.
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

impl Unanswered {
    /// The condition of a tuple could not be evaluated.
    pub fn by_condition(tuple: &TupleKey, condition: &str, why: &EvalError) -> Self {
        let condition = condition.to_owned();
        match why {
            EvalError::Missing(missing) => {
                let open = Open { tuple: tuple.clone(), missing: missing.clone() };
                let reason = format!("tuple '{tuple}' {why}");
                Self::Condition { condition, reason, open: Some(Box::new(open)) }
            }
            EvalError::Parameter(_) => Self::Parameter { condition, reason: why.to_string() },
            EvalError::Failed(_) => Self::Condition { condition, reason: why.to_string(), open: None },
        }
    }
}
