//! `[log]`: what the server tells its operator while it runs. Evidence is elsewhere: the audit log.

use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Human,
    Json,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: Format,
    pub filter: String,
}

pub const SECTION: Section = Section {
    name: "log",
    doc: "What the server tells its operator on standard error. No credential is ever logged.",
    keys: &[
        Key { name: "format", form: Form::Text, default: "human", doc: "`human` or `json`." },
        Key {
            name: "filter",
            form: Form::Text,
            default: "info",
            doc: "Level, or levels by module: `info,chancery_store=debug`.",
        },
    ],
};

impl Default for Log {
    fn default() -> Self {
        Self { format: Format::Human, filter: "info".to_owned() }
    }
}
