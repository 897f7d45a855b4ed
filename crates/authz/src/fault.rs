//! OpenFGA's errors: each a kind of ours, with the code and the words its clients know. What status goes with a kind is
//! the surface's business.

use chancery_kernel::{Fault, Kind};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::model_error::ModelError;

/// Code 2000: the request says something that cannot be.
pub fn invalid(text: impl Into<String>) -> Fault {
    Fault::invalid("validation_error", text.into())
}

/// Code 5002, also for stores of others.
pub fn no_store() -> Fault {
    Fault::new(Kind::NotFound, "store_id_not_found", "Store ID not found")
}

/// Code 2001.
pub fn no_model(id: &str) -> Fault {
    Fault::invalid("authorization_model_not_found", format!("Authorization Model '{id}' not found"))
}

/// Code 2020.
pub fn no_latest(store: &str) -> Fault {
    let text = format!("No authorization models found for store '{store}'");
    Fault::invalid("latest_authorization_model_not_found", text)
}

/// Code 2007.
pub fn bad_token() -> Fault {
    Fault::invalid("invalid_continuation_token", "Invalid continuation token")
}

/// Code 2053.
pub fn too_many(text: impl Into<String>) -> Fault {
    Fault::invalid("exceeded_entity_limit", text.into())
}

/// What stands in a model is wrong.
pub fn of_model(error: &ModelError) -> Fault {
    Fault::invalid(error.code.name(), error.to_string())
}

/// Why a question has no answer.
pub fn unanswered(why: &Unanswered) -> Fault {
    let text = why.to_string();
    match why {
        Unanswered::Invalid(_) | Unanswered::Condition { .. } | Unanswered::Parameter { .. } => invalid(text),
        Unanswered::TypeNotFound(_) => Fault::invalid("type_not_found", text),
        Unanswered::RelationNotFound { .. } => Fault::invalid("relation_not_found", text),
        Unanswered::InvalidTuple(_) => Fault::invalid("invalid_tuple", text),
        Unanswered::TooComplex => Fault::invalid("authorization_model_resolution_too_complex", text),
        Unanswered::Deadline => Fault::new(Kind::Internal, "deadline_exceeded", text),
    }
}
