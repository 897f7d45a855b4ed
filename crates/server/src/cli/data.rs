//! `chancery backup`, `restore` and `migrate`: the database as a whole.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::Context;
use chancery_audit::{Event, Text};
use chancery_kernel::Fault;
use chancery_store::Who;
use chancery_vault::deployment;

use crate::config::{Config, Place};
use crate::wiring::{self, told};
use crate::{out, system};

pub async fn backup(config: &Config, file: &Path) -> anyhow::Result<()> {
    // Beside a running server as well as without one.
    let (from, to) = (wiring::store_config(&config.database), file.to_owned());
    let copied = tokio::task::spawn_blocking(move || chancery_store::backup_beside(&from, &to)).await??;
    out::line(format_args!("wrote {} ({} bytes)", copied.file.display(), copied.bytes))?;
    let key = config.database.key_file();
    out::line(format_args!(
        "It opens only with the master key, {}: keep a copy of that elsewhere.",
        key.display()
    ))?;
    Ok(())
}

pub async fn restore(config: &Config, file: &Path) -> anyhow::Result<()> {
    if let Place::Folder(folder) = config.database.place() {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
    }
    let (from, to) = (file.to_owned(), wiring::store_config(&config.database));
    let copied = tokio::task::spawn_blocking(move || chancery_store::restore(&from, &to)).await??;
    // What happened after the backup is missing from now on, and the log says so itself.
    let named = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let event = Event::DatabaseRestored { backup: Some(Text::new(&named)), taken: None };
    let db = wiring::open_database(&config.database, system::env()).await?;
    let write = db.write(deployment(), Who::SYSTEM, move |tx| Ok::<_, Fault>(tx.record(event).with(())));
    write.await.map_err(told)?;
    out::line(format_args!(
        "{} is what {} was ({} bytes)",
        config.database.shown(),
        file.display(),
        copied.bytes
    ))?;
    Ok(())
}

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    drop(wiring::open_database(&config.database, system::env()).await?);
    out::line(format_args!("the schema of {} is up to date", config.database.shown()))?;
    Ok(())
}
