//! A mistake in a text, with its place and its mend.

/// Line and column count from 1; columns are characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DslError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}
