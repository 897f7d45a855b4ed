//! Endpoints on the command line. The address of a chat is a secret: `--file` takes it from standard input.

use clap::Subcommand;
use serde_json::json;

use super::acts::{Act, Asked};
use super::{Verb, path};

#[derive(Debug, Subcommand)]
pub enum EndpointVerb {
    #[command(flatten)]
    Any(Verb),
    /// Give a webhook another secret; it is shown once
    Rotate {
        id: String,
        /// Seconds for which the present secret signs too; 0 after a leak
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<i64>,
    },
    /// Send a test message
    Test { id: String },
    /// List the last messages to it, and what came of them
    Deliveries { id: String },
}

impl EndpointVerb {
    pub fn asked(self) -> Asked {
        let at = |id: &str, what: &str| format!("{}/{what}", path("endpoints", id));
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Rotate { id, overlap } => {
                let body = overlap.map_or_else(|| json!({}), |overlap| json!({ "overlap": overlap }));
                Act::post(at(&id, "rotate"), Some(body))
            }
            Self::Test { id } => Act::post(at(&id, "test"), None),
            Self::Deliveries { id } => Act::get(at(&id, "deliveries")),
        }
    }
}
