//! Conditions are filed under their own names and compile.

use crate::condition::{CompileError, Program};
use crate::model::AuthorizationModel;
use crate::model_error::ModelError;

pub fn find(model: &AuthorizationModel) -> Vec<ModelError> {
    let mut found = Vec::new();
    for (key, condition) in &model.conditions {
        if *key != condition.name {
            found.push(ModelError::invalid(format!(
                "condition key '{key}' does not match condition name '{}'",
                condition.name
            )));
            continue;
        }
        match Program::compile(condition) {
            Ok(_) => {}
            Err(why @ CompileError::TooLong { .. }) => found.push(ModelError::shape(why.to_string())),
            Err(why) => found.push(ModelError::invalid(why.to_string())),
        }
    }
    found
}
