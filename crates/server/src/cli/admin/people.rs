//! People and groups.

use std::path::PathBuf;

use clap::Subcommand;
use http::Method;
use serde_json::json;

use super::acts::{Act, Asked, read, reason};
use super::{Verb, path, segment};

#[derive(Debug, Subcommand)]
pub enum UserVerb {
    #[command(flatten)]
    Any(Verb),
    /// Sign a person out everywhere, and kill every token in which they take part
    Disable {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
    /// Let a person sign in again
    Enable { id: String },
    /// List the groups a person is in
    Groups { id: String },
    /// List a person's second factors
    Factors { id: String },
    /// Remove one second factor of a person
    RemoveFactor { id: String, factor: String },
    /// Take every second factor and recovery code away after a loss; the person's sign-ins end
    ResetFactors {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
    /// Set a person's password; their sign-ins end
    Password {
        id: String,
        /// File that holds it; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

impl UserVerb {
    pub fn asked(self) -> anyhow::Result<Asked> {
        let at = |id: &str, what: &str| format!("{}/{what}", path("users", id));
        Ok(match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Disable { id, reason: why } => Act::post(at(&id, "disable"), reason(&why)),
            Self::Enable { id } => Act::post(at(&id, "enable"), None),
            Self::Groups { id } => Act::get(at(&id, "groups")),
            Self::Factors { id } => Act::get(at(&id, "factors")),
            Self::RemoveFactor { id, factor } => {
                Act::asked(Method::DELETE, format!("{}/{}", at(&id, "factors"), segment(&factor)), None)
            }
            Self::ResetFactors { id, reason: why } => Act::post(at(&id, "factors/reset"), reason(&why)),
            Self::Password { id, file } => {
                let text = read(&file)?;
                let body = json!({ "password": text.trim_end_matches(['\r', '\n']) });
                Act::asked(Method::PUT, at(&id, "password"), Some(body))
            }
        })
    }
}

#[derive(Debug, Subcommand)]
pub enum GroupVerb {
    #[command(flatten)]
    Any(Verb),
    /// List who is in a group
    Members { id: String },
    /// Put a person into a group
    Add { id: String, user: String },
    /// Take a person out of a group
    Remove { id: String, user: String },
}

impl GroupVerb {
    pub fn asked(self) -> Asked {
        let member = |id: &str, user: &str| {
            path(&format!("{}/members", path("groups", id).trim_start_matches("/api/v1/")), user)
        };
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Members { id } => Act::get(format!("{}/members", path("groups", &id))),
            Self::Add { id, user } => Act::asked(Method::PUT, member(&id, &user), None),
            Self::Remove { id, user } => Act::asked(Method::DELETE, member(&id, &user), None),
        }
    }
}
