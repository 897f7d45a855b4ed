//! Agents and their runs.

use clap::Subcommand;
use serde_json::json;

use super::acts::{Act, Asked, reason};
use super::{Verb, path};

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
