//! What can be done to a record besides the verbs that all nouns share: one request of the API each.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::rest::Rest;
use super::{Verb, path, segment, show, table};
use crate::out;

/// What a noun's command asks for.
pub enum Asked {
    Verb(Verb),
    Act(Act),
}

/// One request.
#[derive(Debug, PartialEq)]
pub struct Act {
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
}

impl Act {
    pub(super) fn asked(method: Method, path: String, body: Option<Value>) -> Asked {
        Asked::Act(Self { method, path, body })
    }

    pub(super) fn get(path: String) -> Asked {
        Self::asked(Method::GET, path, None)
    }

    pub(super) fn post(path: String, body: Option<Value>) -> Asked {
        Self::asked(Method::POST, path, body)
    }

    pub async fn run(self, rest: &Rest, json: bool) -> anyhow::Result<()> {
        let answer = rest.send(self.method, &self.path, self.body.as_ref(), None).await?;
        match answer
            .get("items")
            .or_else(|| answer.get("groups"))
            .or_else(|| answer.get("stores"))
            .and_then(Value::as_array)
        {
            Some(items) if !json => Ok(out::line(table::of(items))?),
            _ if answer.is_null() => Ok(out::note("done")?),
            _ => show(&answer, json),
        }
    }
}

pub(super) fn reason(text: &str) -> Option<Value> {
    Some(json!({ "reason": text }))
}

/// A file's text; `-` is standard input, so that a secret stands on no command line.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() == "-" {
        return std::io::read_to_string(std::io::stdin()).context("standard input");
    }
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

#[derive(Debug, Subcommand)]
pub enum AgentVerb {
    #[command(flatten)]
    Any(Verb),
    /// Activate, suspend or retire an agent: `stage agt_… active --why "tested"`
    Stage {
        id: String,
        /// active, suspended or retired
        stage: String,
        /// Why; it stands in the agent's history and in the audit log
        #[arg(long)]
        why: String,
    },
    /// Stop an agent at once: nothing issued to it works any more
    Contain {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
    /// Let a contained agent get tokens again
    Release {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
    /// Show what the agent was at each version
    Versions { id: String },
    /// List its latest runs
    Runs { id: String },
    /// List its latest tokens
    Tokens { id: String },
}

impl AgentVerb {
    pub fn asked(self) -> Asked {
        let at = |id: &str, what: &str| format!("{}/{what}", path("agents", id));
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Stage { id, stage, why } => {
                Act::post(at(&id, "stage"), Some(json!({ "stage": stage, "why": why })))
            }
            Self::Contain { id, reason: why } => Act::post(at(&id, "contain"), reason(&why)),
            Self::Release { id, reason: why } => Act::post(at(&id, "release"), reason(&why)),
            Self::Versions { id } => Act::get(at(&id, "versions")),
            Self::Runs { id } => Act::get(at(&id, "runs")),
            Self::Tokens { id } => Act::get(at(&id, "tokens")),
        }
    }
}

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

/// What becomes of the tokens issued to a client that loses a credential.
const fn fate(keep_tokens: bool) -> &'static str {
    if keep_tokens { "?tokens=keep" } else { "" }
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

#[derive(Debug, Subcommand)]
pub enum ApprovalVerb {
    /// List questions to people
    List {
        /// name=value
        filter: Vec<String>,
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Show what is asked, and the digest `seen` of the sentences
    Get { id: String },
    /// Say yes to what was seen
    Approve {
        id: String,
        /// `seen`, as `get` shows it beside the sentences
        #[arg(long)]
        seen: String,
    },
    /// Say no to what was seen
    Deny {
        id: String,
        /// `seen`, as `get` shows it beside the sentences
        #[arg(long)]
        seen: String,
    },
    /// Take a question back
    Cancel {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
}

impl ApprovalVerb {
    pub fn asked(self) -> Asked {
        let at = |id: &str, what: &str| format!("{}/{what}", path("approvals", id));
        let answer = |answer: &str, seen: &str| Some(json!({ "answer": answer, "seen": seen }));
        match self {
            Self::List { filter, most } => Asked::Verb(Verb::List { filter, most }),
            Self::Get { id } => Act::get(path("approvals", &id)),
            Self::Approve { id, seen } => Act::post(at(&id, "answer"), answer("approve", &seen)),
            Self::Deny { id, seen } => Act::post(at(&id, "answer"), answer("deny", &seen)),
            Self::Cancel { id, reason: why } => Act::post(at(&id, "cancel"), reason(&why)),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum RunVerb {
    /// Show one run
    Get { id: String },
    /// Stop a run: every token of it is dead
    Stop {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
}

impl RunVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::Get { id } => Act::get(path("runs", &id)),
            Self::Stop { id, reason: why } => Act::post(format!("{}/stop", path("runs", &id)), reason(&why)),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum GrantVerb {
    #[command(flatten)]
    Any(Verb),
    /// Take back what a person agreed to
    Withdraw { id: String },
    /// Give a permission back before its end
    Return { id: String },
    /// Say that a permission goes on whose approver has left
    Confirm { id: String },
}

impl GrantVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Withdraw { id } => Act::asked(Method::DELETE, path("grants", &id), None),
            Self::Return { id } => Act::post(format!("{}/return", path("grants", &id)), None),
            Self::Confirm { id } => Act::post(format!("{}/confirm", path("grants", &id)), None),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum RequestVerb {
    #[command(flatten)]
    Any(Verb),
    /// Take an access request back
    Cancel {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
}

impl RequestVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Cancel { id, reason: why } => {
                Act::post(format!("{}/cancel", path("requests", &id)), reason(&why))
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum EmergencyVerb {
    #[command(flatten)]
    Any(Verb),
    /// Say what you think of what somebody else took
    Review {
        id: String,
        /// It was justified; without this it was not, and what was taken ends
        #[arg(long)]
        justified: bool,
        /// Why; it stands in the audit log
        #[arg(long)]
        note: String,
    },
}

impl EmergencyVerb {
    pub fn asked(self) -> Asked {
        match self {
            Self::Any(verb) => Asked::Verb(verb),
            Self::Review { id, justified, note } => {
                let body = json!({ "justified": justified, "note": note });
                Act::post(format!("{}/review", path("emergencies", &id)), Some(body))
            }
        }
    }
}

#[cfg(test)]
mod tests;
