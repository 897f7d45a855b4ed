//! The sign-in of the command line, kept in a file of the person's own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chancery_client::Tokens;
use chancery_kernel::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

use super::Environment;

/// What is kept. Both tokens are secrets: the file is readable for its owner alone.
#[derive(Clone, Deserialize, Serialize)]
pub struct Session {
    pub server: String,
    pub client_id: String,
    pub access_token: String,
    pub expires: Timestamp,
    pub refresh_token: Option<String>,
}

impl Session {
    pub fn new(server: &str, client_id: &str, tokens: &Tokens, now: Timestamp) -> Self {
        let lifetime = tokens.expires_in.and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0);
        Self {
            server: server.to_owned(),
            client_id: client_id.to_owned(),
            access_token: tokens.access_token.expose().to_owned(),
            // A token that ends during the request would only be refused.
            expires: now.plus(Seconds(lifetime)).minus(Seconds(10)),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()),
        }
    }
}

/// The file, held against a second command: a refresh token that two commands use at once looks stolen, and the
/// server would end the sign-in.
pub struct Kept(File);

impl Kept {
    pub fn open(environment: &Environment) -> anyhow::Result<Self> {
        let path = path(environment)?;
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.with_context(|| path.display().to_string())?;
        file.lock().with_context(|| path.display().to_string())?;
        Ok(Self(file))
    }

    pub fn read(&mut self) -> anyhow::Result<Option<Session>> {
        let mut text = String::new();
        self.0.rewind()?;
        self.0.read_to_string(&mut text)?;
        // A damaged file means signing in again, no more.
        Ok(serde_json::from_str(&text).ok())
    }

    pub fn write(&mut self, session: Option<&Session>) -> anyhow::Result<()> {
        let text = session.map(serde_json::to_string).transpose()?.unwrap_or_default();
        self.0.rewind()?;
        self.0.set_len(0)?;
        self.0.write_all(text.as_bytes())?;
        Ok(self.0.sync_all()?)
    }
}

fn path(environment: &Environment) -> anyhow::Result<PathBuf> {
    let own = environment.get("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || environment.get("HOME").map(|home| Path::new(home).join(".config"));
    let folder =
        own.or_else(home).context("neither HOME nor XDG_CONFIG_HOME is set: nowhere to keep the sign-in")?;
    Ok(folder.join("chancery").join("session.json"))
}
