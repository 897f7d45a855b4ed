//! Backup of a running database into one file, and the way back, from either engine to either.

mod carry;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::config::{Config, Location, Source, database_file};
use crate::driver::Link;
use crate::driver::postgres::Server;
use crate::driver::sqlite::Tuning;
use crate::fault::DbFault;
use crate::migrate::MIGRATIONS;

/// A backup that was made, or one that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The file that was written; of a backup put back into PostgreSQL, the backup.
    pub file: PathBuf,
    pub bytes: u64,
    /// Schema version of its content.
    pub version: i64,
}

const NOWHERE: &str = "a scratch database ends with its process: configure a folder or a PostgreSQL server";

pub(crate) use carry::EachRow;

fn broken(file: &Path, why: impl std::fmt::Display) -> DbFault {
    DbFault::open(format!("{}: {why}", file.display()))
}

/// Copies one state of the database while it is written to. Blocks for as long as copying takes.
pub(crate) fn backup(source: &Source, to: &Path) -> Result<Copied, DbFault> {
    let mut from = source.reader()?;
    into_place(to, |partial| {
        let from = match &mut from {
            Link::Sqlite(from) => from,
            Link::Postgres(from) => return carry::out(from, partial),
        };
        let mut copy = Connection::open(partial).map_err(|e| broken(partial, e))?;
        let copied = Backup::new(from.raw(), &mut copy).and_then(|backup| {
            // All pages in one step: one state, whatever is written meanwhile; writers are not held up.
            backup.step(-1).map(drop)
        });
        copied.map_err(|e| broken(partial, e))?;
        // The copy is one file and complete without a journal beside it.
        copy.pragma_update(None, "journal_mode", "delete").map_err(|e| broken(partial, e))
    })
}

/// The same from beside: for a process that has not opened the database itself, while another one serves from it. Takes
/// no lock but SQLite's own, which let readers and the writer be.
pub fn backup_beside(config: &Config, to: &Path) -> Result<Copied, DbFault> {
    match &config.location {
        Location::Memory => Err(DbFault::open(NOWHERE)),
        Location::Postgres(url) => backup(&postgres(url, config)?, to),
        Location::Sqlite(path) => {
            let file = database_file(path);
            if !file.exists() {
                return Err(broken(&file, "there is no database"));
            }
            backup(&Source::Sqlite(file, Tuning { scratch: false, page_limit: None }), to)
        }
    }
}

/// Puts a backup where the configuration says that the database is, and nowhere else: what stands there already is not
/// overwritten. It may have been taken from the other engine. Blocks for as long as copying takes.
pub fn restore(from: &Path, config: &Config) -> Result<Copied, DbFault> {
    let version = check(from)?;
    let path = match &config.location {
        Location::Memory => return Err(DbFault::open(NOWHERE)),
        Location::Postgres(url) => {
            carry::into(&mut postgres(url, config)?.writer()?, from, version)?;
            let bytes = std::fs::metadata(from).map_err(|e| broken(from, e))?.len();
            return Ok(Copied { file: from.to_owned(), bytes, version });
        }
        Location::Sqlite(path) => path,
    };
    into_place(&database_file(path), |partial| {
        let copied = File::open(from).and_then(|mut from| {
            let mut into = OpenOptions::new().write(true).open(partial)?;
            io::copy(&mut from, &mut into)
        });
        copied.map(drop).map_err(|e| broken(partial, e))
    })
}

fn postgres(url: &str, config: &Config) -> Result<Source, DbFault> {
    Server::parse(url, config.postgres_roots.clone(), config.postgres_patience)
        .map(|server| Source::Postgres(Box::new(server)))
}

/// Fills a file beside the final one, looks whether it is sound, and gives it its name once it is on the disk.
fn into_place(to: &Path, fill: impl FnOnce(&Path) -> Result<(), DbFault>) -> Result<Copied, DbFault> {
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    for file in [to, &partial] {
        if file.exists() {
            return Err(broken(file, "exists already; move it away first"));
        }
    }
    let done = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&partial)
        .map_err(|e| broken(&partial, e))
        .and_then(|_| fill(&partial))
        .and_then(|()| check(&partial))
        .and_then(|version| settle(&partial, to).map_err(|e| broken(to, e)).map(|bytes| (version, bytes)));
    match done {
        Ok((version, bytes)) => Ok(Copied { file: to.to_owned(), bytes, version }),
        Err(fault) => {
            if let Err(error) = std::fs::remove_file(&partial) {
                tracing::warn!(file = %partial.display(), %error, "half a copy was left behind");
            }
            Err(fault)
        }
    }
}

fn settle(partial: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(partial)?;
    file.sync_all()?;
    // A link, unlike a rename, does not replace what came to stand there meanwhile.
    std::fs::hard_link(partial, to)?;
    std::fs::remove_file(partial)?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(file.metadata()?.len())
}

/// Whether a file is a sound database of ours, of a version that this program can open.
fn check(file: &Path) -> Result<i64, DbFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(file, flags).map_err(|e| broken(file, e))?;
    let one = |question: &str| database.query_row(question, [], |row| row.get::<_, String>(0));
    let sound = one("pragma quick_check(1)").map_err(|e| broken(file, e))?;
    if sound != "ok" {
        return Err(broken(file, format!("is damaged: {sound}")));
    }
    let version = one("select cast(max(version) as text) from schema_migrations")
        .ok()
        .and_then(|version| version.parse().ok())
        .ok_or_else(|| broken(file, "is not a database of Chancery"))?;
    let newest = MIGRATIONS.last().map_or(0, |m| m.version);
    if version > newest {
        return Err(broken(file, format!("has schema version {version}, and this program knows {newest}")));
    }
    Ok(version)
}
