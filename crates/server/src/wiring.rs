//! What is built from what: the database, the vault over it, and the settings all calls share.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use chancery_context::{Platform, Settings};
use chancery_kernel::{Env, Fault};
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
    let key_file = config.database.key_file();
    if let Some(folder) = key_file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| folder.display().to_string())?;
    }
    let master = MasterKey::open(&key_file, &env)?;
    let vault = Vault::open(db.clone(), master, settings.host()).await.map_err(told)?;
    Ok(Platform { db, vault, settings: Arc::new(settings), outbound })
}

/// A fault for the operator: with the half that strangers may not read.
pub fn told(fault: Fault) -> anyhow::Error {
    anyhow!("{}", fault.log_line())
}
