//! Applications, clients, and tokens.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::acts::{Act, Asked, read, reason};
use super::{Verb, path, segment};

#[derive(Debug, Subcommand)]
pub enum ApplicationVerb {
    #[command(flatten)]
    Any(Verb),
    /// Issue no token for an application any more, and kill those that were
    Disable { id: String },
    /// Issue tokens for an application again
    Enable { id: String },
}

impl ApplicationVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Disable { id } => Act::post(format!("{}/disable", path("applications", &id)), None),
            Self::Enable { id } => Act::post(format!("{}/enable", path("applications", &id)), None),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum ClientVerb {
    #[command(flatten)]
    Any(Verb),
    /// Refuse a client, and kill every token issued to it
    Disable {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
    /// Accept a client again
    Enable { id: String },
    /// Add a secret to a client; it is shown once
    AddSecret {
        id: String,
        /// When it ends (RFC 3339); by default when it is removed
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// Remove a secret; the tokens issued to the client die with it
    RemoveSecret {
        id: String,
        /// As `get` lists it: the beginning of its keyed hash
        name: String,
        /// Let the tokens issued to the client live until they expire: for a rotation, never after a leak
        #[arg(long)]
        keep_tokens: bool,
    },
    /// Replace a client's public keys; where one is taken away, the tokens issued to the client die
    SetKeys {
        id: String,
        /// Let the tokens issued to the client live until they expire: for a rotation, never after a leak
        #[arg(long)]
        keep_tokens: bool,
        /// JWK set, or a list of keys, as JSON; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

impl ClientVerb {
    pub fn asked(self) -> anyhow::Result<Asked> {
        let at = |id: &str, what: &str| format!("{}/{what}", path("clients", id));
        Ok(match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Disable { id, reason: why } => Act::post(at(&id, "disable"), reason(&why)),
            Self::Enable { id } => Act::post(at(&id, "enable"), None),
            Self::AddSecret { id, expires } => {
                let body = expires.map_or_else(|| json!({}), |expires| json!({ "expires": expires }));
                Act::post(at(&id, "secrets"), Some(body))
            }
            Self::RemoveSecret { id, name, keep_tokens } => {
                let at = at(&id, &format!("secrets/{}{}", segment(&name), fate(keep_tokens)));
                Act::asked(Method::DELETE, at, None)
            }
            Self::SetKeys { id, keep_tokens, file } => {
                let set: Value = serde_json::from_str(&read(&file)?).context("the keys are not JSON")?;
                let keys = set.get("keys").cloned().unwrap_or(set);
                let at = at(&id, &format!("keys{}", fate(keep_tokens)));
                Act::asked(Method::PUT, at, Some(json!({ "keys": keys })))
            }
        })
    }
}

#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// List the tokens that work now: all, or `list agent=…`, `list user=…`, `list client=…`
    List {
        /// name=value
        filter: Vec<String>,
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Revoke one token, and nothing else
    Revoke {
        /// Where its decision stands in the log: `pos` in the list, and in the token
        pos: u64,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: Option<String>,
    },
}

impl TokenVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::List { filter, most } => Asked::Verb(Verb::List { filter, most }),
            Self::Revoke { pos, reason } => {
                let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                Act::post(format!("/api/v1/tokens/{pos}/revoke"), Some(body))
            }
        }
    }
}

/// What becomes of the tokens issued to a client that loses a credential.
const fn fate(keep_tokens: bool) -> &'static str {
    if keep_tokens { "?tokens=keep" } else { "" }
}
