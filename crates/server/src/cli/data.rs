//! `chancery backup`, `restore` and `migrate`: the database as a whole.

use std::path::Path;

use anyhow::{bail, ensure};

use crate::config::{Config, Place};
use crate::{out, system, wiring};

pub async fn backup(config: &Config, file: &Path) -> anyhow::Result<()> {
    let Place::Folder(_) = config.database.place() else {
        bail!(
            "PostgreSQL has its own tools for this: use pg_dump, and keep a copy of the master key elsewhere"
        )
    };
    ensure!(!file.exists(), "{} exists: name a new file, so that no older backup is lost", file.display());
    bail!("backups are not wired yet")
}

pub async fn restore(config: &Config, file: &Path) -> anyhow::Result<()> {
    let Place::Folder(folder) = config.database.place() else {
        bail!("PostgreSQL has its own tools for this: use pg_restore")
    };
    ensure!(file.is_file(), "{} is no file", file.display());
    let database = folder.join("chancery.db");
    ensure!(!database.exists(), "{} exists: move it away first, nothing is overwritten", database.display());
    bail!("backups are not wired yet")
}

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    drop(wiring::open_database(&config.database, system::env()).await?);
    out::line(format_args!("the schema of {} is up to date", config.database.shown()))?;
    Ok(())
}
