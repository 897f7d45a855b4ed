//! `[outbound]`: where the server itself may send requests to.

use std::path::PathBuf;
use std::time::Duration;

use chancery_outbound::{Place, Settings};
use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    pub allow: Vec<Place>,
    pub plain: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    /// Seconds for the whole of one request.
    pub timeout: u64,
}

pub const SECTION: Section = Section {
    name: "outbound",
    doc: "Where the server itself may send requests to: webhooks, push services, agents that want to be called. Addresses \
          of private networks, of this machine and of clouds' metadata are refused unless they are named here. Redirects are \
          not followed, and proxies of the environment are not used.",
    keys: &[
        Key {
            name: "allow",
            form: Form::List,
            default: "none",
            doc: "Hosts and networks that may be called though they are not public, such as `hooks.corp.example` or \
                  `10.1.0.0/16`. Every organization of this server can call them. A name does not open link-local \
                  addresses and clouds' metadata; only a network does.",
        },
        Key {
            name: "plain",
            form: Form::List,
            default: "none",
            doc: "Hosts and networks that may be called with `http://`. What is sent to them crosses the network open.",
        },
        Key {
            name: "authorities",
            form: Form::Text,
            default: "those of the system",
            doc: "PEM file of certificate authorities to trust for these requests, beside those of the system.",
        },
        Key {
            name: "timeout",
            form: Form::Number,
            default: "10",
            doc: "Seconds for the whole of one request, 25 at most.",
        },
    ],
};

/// An attempt of a reaction has 30 seconds, with its reads and writes.
const LONGEST: u64 = 25;

impl Default for Outbound {
    fn default() -> Self {
        Self { allow: Vec::new(), plain: Vec::new(), authorities: None, timeout: 10 }
    }
}

impl Outbound {
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (1..=LONGEST).contains(&self.timeout),
            "outbound.timeout is {}: write a number of seconds from 1 to {LONGEST}",
            self.timeout
        );
        Ok(())
    }

    pub fn settings(&self) -> Settings {
        Settings {
            allow: self.allow.clone(),
            plain: self.plain.clone(),
            authorities: self.authorities.clone(),
            patience: Duration::from_secs(self.timeout),
        }
    }
}
