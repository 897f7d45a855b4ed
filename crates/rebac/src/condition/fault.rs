//! What can be wrong with a condition or with what it is given.

/// Why a condition cannot be part of a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error("failed to compile expression on condition '{condition}' - {reason}")]
    Expression { condition: String, reason: String },
    #[error("invalid Condition.Expression: value length must be at most {limit} bytes")]
    TooLong { limit: usize },
}

/// Why a condition has no answer. It displays the reason as OpenFGA says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// Parameters that neither the tuple nor the request gives, in order.
    #[error("is missing context parameters '[{}]'", .0.join(" "))]
    Missing(Vec<String>),
    /// A value of the context is not of the type its parameter was declared with.
    #[error("{0}")]
    Parameter(String),
    #[error("failed to evaluate condition expression: {0}")]
    Failed(String),
}
