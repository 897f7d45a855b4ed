//! `[rotation]`: what the rotation of secrets may reach. The API names entries of these lists, and can add none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use chancery_kernel::Seconds;
use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rotation {
    pub commands: Vec<String>,
    pub postgres: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_keys_days: Option<u16>,
}

pub const SECTION: Section = Section {
    name: "rotation",
    doc: "What the rotation of secrets in the vault may reach.",
    keys: &[
        Key {
            name: "commands",
            form: Form::List,
            default: "none",
            doc: "Programs that put a new value in place, as `name=/path/to/program`. Each reads one line of JSON from its \
                  standard input (`action` `set` or `verify`, `secret`, `name`, `kind`, `old`, `new`) and says by its exit \
                  code whether that went well.",
        },
        Key {
            name: "postgres",
            form: Form::List,
            default: "none",
            doc: "PostgreSQL servers whose roles may be given new passwords, as `host:port`.",
        },
        Key {
            name: "authorities",
            form: Form::Text,
            default: "those of the system",
            doc: "PEM file of the certificate authorities to trust for those servers.",
        },
        Key {
            name: "data_keys_days",
            form: Form::Number,
            default: "never",
            doc: "How many days a key seals the secrets of an organization before the next one does, and what it sealed is \
                  sealed anew. `chancery keys rotate-data` does that at once.",
        },
    ],
};

impl Rotation {
    /// How long a data key seals.
    pub fn data_keys(&self) -> Option<Seconds> {
        self.data_keys_days.map(|days| Seconds::days(days.into()))
    }

    /// The programs by name.
    pub fn commands(&self) -> anyhow::Result<BTreeMap<String, PathBuf>> {
        let read = |entry: &String| {
            let (name, path) =
                entry.split_once('=').with_context(|| format!("`{entry}`: write name=/path"))?;
            let path = PathBuf::from(path);
            anyhow::ensure!(path.is_absolute(), "rotation.commands: `{entry}`: the path is not absolute");
            Ok((name.to_owned(), path))
        };
        self.commands.iter().map(read).collect()
    }

    pub fn check(&self) -> anyhow::Result<()> {
        let target =
            |entry: &&String| entry.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
        if let Some(bad) = self.postgres.iter().find(target) {
            anyhow::bail!("rotation.postgres: `{bad}`: write host:port");
        }
        if self.data_keys_days == Some(0) {
            anyhow::bail!("rotation.data_keys_days: write how many days a key is used, 1 at least");
        }
        self.commands().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_a_name_and_a_whole_path_and_servers_a_port() {
        let of = |commands: &str, postgres: &str| Rotation {
            commands: vec![commands.into()],
            postgres: vec![postgres.into()],
            authorities: None,
            data_keys_days: None,
        };
        assert!(of("mail=/usr/bin/rotate-mail", "db.example:5432").check().is_ok());
        assert!(of("mail=rotate-mail", "db.example:5432").check().is_err());
        assert!(of("/usr/bin/rotate-mail", "db.example:5432").check().is_err());
        assert!(of("mail=/usr/bin/rotate-mail", "db.example").check().is_err());
    }
}
