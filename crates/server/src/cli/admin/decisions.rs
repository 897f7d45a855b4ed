//! What people are asked, and what came of it.

use clap::Subcommand;
use http::Method;
use serde_json::json;

use super::acts::{Act, Asked, reason};
use super::{Verb, path};

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
