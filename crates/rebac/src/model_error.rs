//! What is wrong with a model.

/// OpenFGA's codes for models that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The document has not the shape of a model.
    ValidationError,
    ExceededEntityLimit,
    InvalidAuthorizationModel,
}

/// One thing that is wrong, in OpenFGA's words where it has some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    pub code: Code,
    pub message: String,
}

impl Code {
    pub fn number(self) -> u16 {
        match self {
            Self::ValidationError => 2000,
            Self::ExceededEntityLimit => 2053,
            Self::InvalidAuthorizationModel => 2056,
        }
    }

    /// As it stands in the body of the answer.
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidationError => "validation_error",
            Self::ExceededEntityLimit => "exceeded_entity_limit",
            Self::InvalidAuthorizationModel => "invalid_authorization_model",
        }
    }
}

impl ModelError {
    pub fn shape(message: impl Into<String>) -> Self {
        Self { code: Code::ValidationError, message: message.into() }
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Self { code: Code::ExceededEntityLimit, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: Code::InvalidAuthorizationModel, message: message.into() }
    }
}
