//! `[mail]`: the relay by which people are told what waits for them.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chancery_kernel::Secret;
use chancery_notify::Post;
use chancery_outbound::smtp::{Encryption, Mailer, Relay};
use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    pub encryption: Encryption,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

pub const SECTION: Section = Section {
    name: "mail",
    doc: "The relay by which people are told what waits in their inbox. Without it nobody gets mail. A letter carries a link \
          and no power: whoever opens it signs in. Signing (DKIM) is the relay's.",
    keys: &[
        Key { name: "host", form: Form::Text, default: "none", doc: "The relay's host." },
        Key {
            name: "port",
            form: Form::Number,
            default: "587 with `starttls`, 465 with `implicit`, 25 with `none`",
            doc: "Its port.",
        },
        Key {
            name: "encryption",
            form: Form::Text,
            default: "starttls",
            doc: "`starttls`, `implicit` (TLS from the beginning), or `none` for a relay on this machine. The relay's certificate \
                  is verified, also against `outbound.authorities`.",
        },
        Key {
            name: "from",
            form: Form::Text,
            default: "none",
            doc: "Address that letters come from; needed with a host.",
        },
        Key {
            name: "username",
            form: Form::Text,
            default: "none",
            doc: "Name at the relay, if it wants one.",
        },
        Key {
            name: "password_file",
            form: Form::Text,
            default: "none",
            doc: "File that holds the password and nothing else. It is sent over TLS only.",
        },
    ],
};

impl Mail {
    pub fn check(&self) -> anyhow::Result<()> {
        if self.host.is_none() {
            let set = self.from.is_some() || self.username.is_some() || self.port.is_some();
            anyhow::ensure!(!set, "mail.host is missing: name the relay, or leave all of [mail] out");
            return Ok(());
        }
        let from = self.from.as_deref().unwrap_or_default();
        anyhow::ensure!(from.contains('@'), "mail.from is missing: name the address that letters come from");
        anyhow::ensure!(
            self.username.is_some() == self.password_file.is_some(),
            "mail.username and mail.password_file belong together: give both or none"
        );
        anyhow::ensure!(
            self.username.is_none() || self.encryption != Encryption::None,
            "mail.encryption is none and mail.username is given: a password is not sent without TLS"
        );
        Ok(())
    }

    /// The relay, if there is one; `own_name` is for its greeting.
    pub fn post(&self, own_name: &str, authorities: Option<&Path>) -> anyhow::Result<Option<Post>> {
        let (Some(host), Some(from)) = (self.host.clone(), self.from.clone()) else { return Ok(None) };
        let usual = match self.encryption {
            Encryption::Starttls => 587,
            Encryption::Implicit => 465,
            Encryption::None => 25,
        };
        let login = match (&self.username, &self.password_file) {
            (Some(name), Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("mail.password_file {}", file.display()))?;
                Some((name.clone(), Secret::new(text.trim_end_matches(['\r', '\n']))))
            }
            _ => None,
        };
        let own_name = own_name.split(':').next().unwrap_or("localhost").to_owned();
        let relay =
            Relay { host, port: self.port.unwrap_or(usual), encryption: self.encryption, login, own_name };
        Ok(Some(Post { mailer: Mailer::new(relay, authorities)?, from }))
    }
}
