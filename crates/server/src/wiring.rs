//! What is built from what: the database, the vault over it, and the settings all calls share.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chancery_context::{Platform, Settings};
use chancery_kernel::{Env, Fault, Secret};
use chancery_outbound::Outbound;
use chancery_store::{Db, Location};
use chancery_vault::{MasterKey, Vault};

use crate::config::{Config, Database, Place};

/// Opens the database alone; brings its schema up to date.
pub async fn open_database(database: &Database, env: Env) -> anyhow::Result<Db> {
    let config = store_config(database);
    let shown = database.shown();
    let opened = tokio::task::spawn_blocking(move || Db::open(&config, env)).await?;
    opened.with_context(|| format!("the database {shown}"))
}

/// As the store wants to be told.
pub fn store_config(database: &Database) -> chancery_store::Config {
    let location = match database.place() {
        Place::Folder(folder) => Location::Sqlite(folder.join("chancery.db")),
        Place::Postgres(url) => Location::Postgres(url),
    };
    chancery_store::Config {
        postgres_roots: database.authorities.clone(),
        ..chancery_store::Config::new(location)
    }
}

/// Opens everything a use case works with.
pub async fn open(config: &Config, env: Env, issuer: &str) -> anyhow::Result<Platform> {
    let outbound = Outbound::new(config.outbound.settings())?;
    let db = open_database(&config.database, env.clone()).await?;
    let settings = Settings::new(issuer);
    let master = master_key(&config.database, Some(&env)).await?;
    let vault = Vault::open(db.clone(), master, settings.host()).await.map_err(told)?;
    Ok(Platform { db, vault, settings: Arc::new(settings), outbound })
}

/// The master key as the settings give it, and the one before it. The file is made on first start, where there is an
/// `env` to make it with.
pub async fn master_key(database: &Database, env: Option<&Env>) -> anyhow::Result<MasterKey> {
    let key = match (&database.master_key_text, database.master_key_command.as_slice()) {
        (Some(text), _) => MasterKey::from_text(&Secret::new(text.clone()))?,
        (None, [program, arguments @ ..]) => asked(program, arguments).await?,
        (None, []) => from_file(&database.key_file(), env)?,
    };
    Ok(match &database.previous_master_key {
        Some(path) => key.after(&MasterKey::read(path)?),
        None => key,
    })
}

fn from_file(path: &Path, env: Option<&Env>) -> anyhow::Result<MasterKey> {
    let Some(env) = env else { return Ok(MasterKey::read(path)?) };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| folder.display().to_string())?;
    }
    Ok(MasterKey::open(path, env)?)
}

/// What the program says is a key: it is never shown, also not where it fails.
async fn asked(program: &str, arguments: &[String]) -> anyhow::Result<MasterKey> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let told = tokio::time::timeout(Duration::from_secs(30), command.output()).await;
    let told = told.context("database.master_key_command takes longer than 30 seconds")?;
    let told = told.with_context(|| format!("database.master_key_command: {program}"))?;
    anyhow::ensure!(told.status.success(), "database.master_key_command failed: {}", told.status);
    let text =
        String::from_utf8(told.stdout).map_err(|_| anyhow!("database.master_key_command printed no text"))?;
    Ok(MasterKey::from_text(&Secret::new(text))?)
}

/// A fault for the operator: with the half that strangers may not read.
pub fn told(fault: Fault) -> anyhow::Error {
    anyhow!("{}", fault.log_line())
}
