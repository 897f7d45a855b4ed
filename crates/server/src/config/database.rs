//! `[database]`: where the data is, and the key that seals the secrets in it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

const FOLDER: &str = "./chancery-data";
const KEY_FILE: &str = "master.key";

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    pub location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub master_key_command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_master_key: Option<PathBuf>,
}

pub const SECTION: Section = Section {
    name: "database",
    doc: "Where the data is, and the key that seals the secrets in it.",
    keys: &[
        Key {
            name: "location",
            form: Form::Text,
            default: "./chancery-data",
            doc: "A folder for the embedded database, or `postgres://user:password@host/name?sslmode=require`, which encrypts and \
                  verifies the server's certificate and name, as `verify-full` does. To another machine in plain text only \
                  with `sslmode=disable`.",
        },
        Key {
            name: "authorities",
            form: Form::Text,
            default: "those of the system",
            doc: "PEM file of the certificate authorities to trust for PostgreSQL.",
        },
        Key {
            name: "master_key",
            form: Form::Text,
            default: "`master.key` in the folder; with PostgreSQL, in ./chancery-data",
            doc: "File of 32 random bytes that only the server's user may read; made on first start. Every node needs the \
                  same one, and a backup is worthless without it: keep a copy elsewhere.",
        },
        Key {
            name: "master_key_text",
            form: Form::Text,
            default: "none",
            doc: "The key itself instead of a file: 32 random bytes in base64. For the environment, never for a file.",
        },
        Key {
            name: "master_key_command",
            form: Form::List,
            default: "none",
            doc: "A program and its arguments that print the key in base64, such as one that asks a key store.",
        },
        Key {
            name: "previous_master_key",
            form: Form::Text,
            default: "none",
            doc: "File of the key that was used before: what it sealed is opened, and `chancery keys rewrap` seals it anew. \
                  While the key is replaced, every node has to know both.",
        },
    ],
};

/// Where the data is.
pub enum Place {
    Folder(PathBuf),
    Postgres(String),
}

impl Default for Database {
    fn default() -> Self {
        Self {
            location: FOLDER.to_owned(),
            authorities: None,
            master_key: None,
            master_key_text: None,
            master_key_command: Vec::new(),
            previous_master_key: None,
        }
    }
}

impl Database {
    pub fn place(&self) -> Place {
        let server = self.location.starts_with("postgres://") || self.location.starts_with("postgresql://");
        if server {
            Place::Postgres(self.location.clone())
        } else {
            Place::Folder(PathBuf::from(&self.location))
        }
    }

    pub fn check(&self) -> anyhow::Result<()> {
        let is_folder = matches!(self.place(), Place::Folder(_));
        anyhow::ensure!(
            !is_folder || !self.location.contains("://"),
            "database.location is neither a folder nor begins with postgres://"
        );
        let ways =
            [self.master_key.is_some(), self.master_key_text.is_some(), !self.master_key_command.is_empty()];
        anyhow::ensure!(
            ways.iter().filter(|way| **way).count() <= 1,
            "database.master_key, master_key_text and master_key_command are three ways to one key: keep one"
        );
        anyhow::ensure!(
            !self.location.trim().is_empty(),
            "database.location is empty: leave it out for {FOLDER}"
        );
        Ok(())
    }

    pub fn key_file(&self) -> PathBuf {
        self.master_key.clone().unwrap_or_else(|| match self.place() {
            Place::Folder(folder) => folder.join(KEY_FILE),
            Place::Postgres(_) => Path::new(FOLDER).join(KEY_FILE),
        })
    }

    /// The location for people and logs: without the password.
    pub fn shown(&self) -> String {
        match url::Url::parse(&self.location) {
            Ok(mut url) if url.password().is_some() => {
                let hidden = url.set_password(Some("…")).is_ok();
                if hidden { url.to_string() } else { "postgres://…".to_owned() }
            }
            _ => self.location.clone(),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("location", &self.shown())
            .field("key_file", &self.key_file())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let database = Database {
            location: "postgres://chancery:hunter2@db.example/chancery".into(),
            ..Database::default()
        };
        assert!(!format!("{database:?}").contains("hunter2"));
        assert!(database.shown().contains("db.example"));
    }

    #[test]
    fn a_folder_is_told_from_a_server_and_from_a_mistake() {
        let at = |location: &str| Database { location: location.into(), ..Database::default() };
        assert!(matches!(at("./data").place(), Place::Folder(_)));
        assert!(matches!(at("postgres://h/d").place(), Place::Postgres(_)));
        assert!(
            at("mysql://h/d").check().is_err()
                && at(" ").check().is_err()
                && at("/var/lib/chancery").check().is_ok()
        );
        assert_eq!(at("/srv/c").key_file(), PathBuf::from("/srv/c/master.key"));
    }
}
