//! The text form of models, as people write them: schema 1.1, and 1.2 with modules. Newlines count, indentation does not.

mod condition;
mod error;
mod manifest;
mod module;
mod parser;
mod printer;
mod relation;
mod token;

use crate::model::AuthorizationModel;
pub use error::DslError;
pub use manifest::{Manifest, read_manifest};
pub use module::{File, Module, compose, parse_module};
pub use parser::Places;
pub use printer::{Unprintable, definition, print};

/// Reads a model that stands in one text. All mistakes are told, in the order of the text.
pub fn parse(text: &str) -> Result<AuthorizationModel, Vec<DslError>> {
    parse_with_places(text).map(|(model, _)| model)
}

/// With where each type, relation and condition is defined.
pub fn parse_with_places(text: &str) -> Result<(AuthorizationModel, Places), Vec<DslError>> {
    parser::model(text)
}
