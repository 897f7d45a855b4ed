//! Where the data is, and how to get a connection to it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chancery_kernel::Env;

use crate::driver::postgres::Server;
use crate::driver::sqlite::{Role, Tuning};
use crate::driver::{Link, postgres, sqlite};
use crate::fault::DbFault;

#[derive(Clone)]
pub enum Location {
    /// A file, or a folder in which the file is `chancery.db`: what does not exist yet is a folder if its name has no
    /// extension.
    Sqlite(PathBuf),
    /// A scratch database that ends with the process.
    Memory,
    /// `postgres://user:password@host/database?sslmode=require`
    Postgres(String),
}

#[derive(Clone)]
pub struct Config {
    pub location: Location,
    /// Threads that read, each with a connection of its own.
    pub readers: usize,
    /// PEM file of certificate authorities to trust for PostgreSQL; without it, the system's.
    pub postgres_roots: Option<PathBuf>,
    /// How long an answer of PostgreSQL is waited for before the connection is given up: longer than the 15 seconds after
    /// which the server itself ends a statement.
    pub postgres_patience: Duration,
    /// Largest size of an SQLite database in pages of 4 KiB; tests fill a disk with it.
    pub page_limit: Option<u32>,
    /// Entries that may wait for the query index before it is brought up to date even under load.
    pub index_lag: i64,
    /// How long a caller that is alone may be kept by a commit of its own; where the disk takes longer, all writes go to
    /// the lane, whose thread waits for it while the callers' threads serve others.
    pub quick: Duration,
    /// Whether other processes write too, and have to be followed; on PostgreSQL always. Tests are cut off with it.
    pub shared: bool,
}

impl Config {
    pub const fn new(location: Location) -> Self {
        Self {
            location,
            readers: 2,
            postgres_roots: None,
            postgres_patience: Duration::from_secs(20),
            page_limit: None,
            index_lag: 32_768,
            quick: Duration::from_millis(1),
            shared: false,
        }
    }
}

/// Gives out connections.
#[derive(Clone)]
pub(crate) enum Source {
    Sqlite(PathBuf, Tuning),
    Postgres(Box<Server>),
}

/// What a process holds as long as it has the database open: the lock on an SQLite file, the folder of a scratch one.
#[derive(Default)]
pub(crate) struct Premises {
    lock: Option<File>,
    scratch: Option<PathBuf>,
}

impl Drop for Premises {
    fn drop(&mut self) {
        // Closing it is not enough: a child process that is just being started still has it.
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the lock of the database was not given back");
        }
        if let Some(folder) = &self.scratch
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "a scratch database was left behind");
        }
    }
}

impl Source {
    pub(crate) fn new(config: &Config, env: &Env) -> Result<(Self, Premises), DbFault> {
        match &config.location {
            Location::Postgres(url) => {
                let server = Server::parse(url, config.postgres_roots.clone(), config.postgres_patience)?;
                Ok((Self::Postgres(Box::new(server)), Premises::default()))
            }
            Location::Sqlite(path) => {
                let file = database_file(path);
                let lock = claim(&file)?;
                let tuning = Tuning { scratch: false, page_limit: config.page_limit };
                Ok((Self::Sqlite(file, tuning), Premises { lock: Some(lock), scratch: None }))
            }
            Location::Memory => {
                let folder = std::env::temp_dir().join(scratch_name(env));
                let file = folder.join("chancery.db");
                let lock = claim(&file)?;
                let tuning = Tuning { scratch: true, page_limit: config.page_limit };
                Ok((Self::Sqlite(file, tuning), Premises { lock: Some(lock), scratch: Some(folder) }))
            }
        }
    }

    pub(crate) fn writer(&self) -> Result<Link, DbFault> {
        self.link(Role::Writer)
    }

    pub(crate) fn reader(&self) -> Result<Link, DbFault> {
        self.link(Role::Reader)
    }

    /// The file of the write-ahead log, where commits wait for it.
    pub(crate) fn log_file(&self) -> Option<PathBuf> {
        let Self::Sqlite(path, Tuning { scratch: false, .. }) = self else { return None };
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Some(name.into())
    }

    fn link(&self, role: Role) -> Result<Link, DbFault> {
        match self {
            Self::Sqlite(path, tuning) => {
                sqlite::Conn::open(path, role, *tuning).map(|conn| Link::Sqlite(Box::new(conn)))
            }
            Self::Postgres(server) => postgres::Conn::open(server).map(|conn| Link::Postgres(Box::new(conn))),
        }
    }
}

pub(crate) fn database_file(path: &Path) -> PathBuf {
    let folder = path.is_dir() || (!path.exists() && path.extension().is_none());
    if folder { path.join("chancery.db") } else { path.to_owned() }
}

/// Tests seed their randomness, so the process and a count are what tells two scratch databases apart.
fn scratch_name(env: &Env) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    format!("chancery-{process}-{count}-{:016x}", u64::from_be_bytes(env.bytes()))
}

/// Makes the file readable for its owner alone, and sees to it that no second process writes it: two writers would
/// each continue the log from their own memory of its head.
fn claim(file: &Path) -> Result<File, DbFault> {
    let broken = |e: std::io::Error| DbFault::open(format!("{}: {e}", file.display()));
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(broken)?;
    }
    let private = |path: &Path| {
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(broken)
    };
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    let lock = private(Path::new(&name))?;
    if lock.try_lock().is_err() {
        return Err(DbFault::open(format!("{}: another process has it open", file.display())));
    }
    // Only now: to open and close the file while this process has it open elsewhere would drop SQLite's own locks.
    private(file)?;
    Ok(lock)
}
