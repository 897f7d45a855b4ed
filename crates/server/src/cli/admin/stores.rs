//! Stores of relationships on the command line: made, opened with keys, given a model. What programs do all day they do
//! with OpenFGA's own clients.

use std::path::PathBuf;

use clap::Subcommand;
use http::Method;
use serde_json::json;

use super::acts::{Act, Asked};
use super::{model_file, segment};

#[derive(Debug, Subcommand)]
pub enum StoreVerb {
    /// List stores
    List,
    /// Make a store; several may share a name
    Create { name: String },
    /// Show one store
    Get { id: String },
    /// Delete a store with its models and tuples
    Delete { id: String },
    /// Write a model from a file: JSON, text (.fga), or the manifest of modules (fga.mod); it answers from now on
    Model {
        id: String,
        /// The model; `-` reads JSON from standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The model for documents and their parts that comes with Chancery
        #[arg(long, conflicts_with = "file", required_unless_present = "file")]
        documents: bool,
    },
    /// List the models of a store, newest first
    Models { id: String },
    /// List the pre-shared keys of a store; the keys themselves nobody has
    Keys { id: String },
    /// Make a pre-shared key: shown now, and never again
    AddKey {
        id: String,
        name: String,
        /// read, write or manage
        #[arg(long, default_value = "read")]
        level: String,
    },
    /// Remove a pre-shared key: it opens nothing any more
    RemoveKey { id: String, key: String },
    /// Record each decision of a store in the audit log, or stop it
    Record {
        id: String,
        /// Stop recording
        #[arg(long)]
        off: bool,
    },
}

impl StoreVerb {
    pub fn asked(self) -> anyhow::Result<Asked> {
        let at = |id: &str, what: &str| format!("/fga/stores/{}{what}", segment(id));
        Ok(match self {
            Self::List => Act::get("/fga/stores".to_owned()),
            Self::Create { name } => Act::post("/fga/stores".to_owned(), Some(json!({ "name": name }))),
            Self::Get { id } => Act::get(at(&id, "")),
            Self::Delete { id } => Act::asked(Method::DELETE, at(&id, ""), None),
            Self::Model { id, file, .. } => {
                let model = file.map_or_else(model_file::documents, |file| model_file::model(&file))?;
                Act::post(at(&id, "/authorization-models"), Some(model))
            }
            Self::Models { id } => Act::get(at(&id, "/authorization-models")),
            Self::Keys { id } => Act::get(at(&id, "/keys")),
            Self::AddKey { id, name, level } => {
                Act::post(at(&id, "/keys"), Some(json!({ "name": name, "level": level })))
            }
            Self::RemoveKey { id, key } => {
                Act::asked(Method::DELETE, at(&id, &format!("/keys/{}", segment(&key))), None)
            }
            Self::Record { id, off } => {
                Act::asked(Method::PUT, at(&id, "/recording"), Some(json!({ "recorded": !off })))
            }
        })
    }
}
