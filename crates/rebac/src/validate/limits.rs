//! How much a model may hold.

use crate::model::{AuthorizationModel, Condition};
use crate::model_error::ModelError;
use crate::size;

pub const MOST_TYPES: usize = 100;
pub const MOST_BYTES: usize = 256 * 1024;
const MOST_CONDITIONS: usize = 25;
const MOST_PARAMETERS: usize = 25;

pub fn find(model: &AuthorizationModel) -> Vec<ModelError> {
    let mut found = Vec::new();
    if model.types.is_empty() {
        let rule = "value must contain at least 1 item(s)";
        found.push(ModelError::field("WriteAuthorizationModelRequest", "TypeDefinitions", rule));
    }
    if model.types.len() > MOST_TYPES {
        found.push(ModelError::limit(format!(
            "The number of type definitions in an authorization model exceeds the allowed limit of {MOST_TYPES}"
        )));
    }
    if model.conditions.len() > MOST_CONDITIONS {
        let rule = format!("value must contain no more than {MOST_CONDITIONS} pair(s)");
        found.push(ModelError::field("WriteAuthorizationModelRequest", "Conditions", &rule));
    }
    found.extend(model.conditions.values().filter(|one| one.parameters.len() > MOST_PARAMETERS).map(many));
    let bytes = size::of_model(model);
    if bytes > MOST_BYTES {
        found.push(ModelError::limit(format!(
            "model exceeds size limit: {bytes} bytes vs {MOST_BYTES} bytes"
        )));
    }
    found
}

fn many(_: &Condition) -> ModelError {
    let rule = format!("value must contain no more than {MOST_PARAMETERS} pair(s)");
    ModelError::field("Condition", "Parameters", &rule)
}
