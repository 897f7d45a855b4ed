//! What is wrong with a model.

/// OpenFGA's codes for models that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The document has not the shape of a model.
    ValidationError,
    ExceededEntityLimit,
    InvalidAuthorizationModel,
    /// One that a field has for itself.
    Field(&'static str),
}

/// Fields that have a code of their own, where this is said of them.
const CODES: &[(&str, &str, &str)] = &[
    ("Assertions", "value must contain no more than", "assertions_too_many_items"),
    ("Base", "value is required", "difference_base_missing_value"),
    ("Object", "value length must be at most", "object_too_long"),
    ("PageSize", "value must be inside range", "page_size_invalid"),
    ("Relation", "value length must be at most", "relation_too_long"),
    ("Relations[", "value does not match regex pattern", "relations_invalid_pattern"),
    ("Subtract", "value is required", "subtract_base_missing_value"),
    ("TupleKey", "value is required", "tuple_key_value_not_specified"),
    ("Type", "value does not match regex pattern", "type_invalid_pattern"),
    ("TypeDefinitions", "value must contain at least", "type_definitions_too_few_items"),
];

/// One thing that is wrong, in OpenFGA's words where it has some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    pub code: Code,
    pub message: String,
}

impl Code {
    /// As it stands in the body of the answer.
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidationError => "validation_error",
            Self::ExceededEntityLimit => "exceeded_entity_limit",
            Self::InvalidAuthorizationModel => "invalid_authorization_model",
            Self::Field(name) => name,
        }
    }
}

impl ModelError {
    pub fn shape(message: impl Into<String>) -> Self {
        Self { code: Code::ValidationError, message: message.into() }
    }

    /// A field of a message breaks its rule, in the words of OpenFGA's framework.
    pub fn field(message: &str, field: &str, rule: &str) -> Self {
        let is_such = |(name, said, _): &&(&str, &str, &str)| {
            rule.starts_with(said) && (*name == field || name.ends_with('[') && field.starts_with(name))
        };
        let own = CODES.iter().find(is_such).map(|(_, _, code)| Code::Field(code));
        let message = format!("invalid {message}.{field}: {rule}");
        Self { code: own.unwrap_or(Code::ValidationError), message }
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Self { code: Code::ExceededEntityLimit, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: Code::InvalidAuthorizationModel, message: message.into() }
    }
}
