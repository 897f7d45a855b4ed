//! `chancery doctor`: what is wrong here, and how to mend it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chancery_kernel::Timestamp;

use crate::config::{Config, Place};
use crate::listen::Certificates;
use crate::{out, system, wiring};

/// What a check found.
enum Found {
    Fine(String),
    /// It works, and should not stay so.
    Doubtful(String),
    Wrong(String),
}

use Found::{Doubtful, Fine, Wrong};

/// False if something is wrong.
pub async fn run(config: anyhow::Result<Config>) -> anyhow::Result<bool> {
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            tell("settings", Wrong(format!("{error:#}")))?;
            return Ok(false);
        }
    };
    let found = [
        ("settings", Fine("they can be read, and no key is unknown".to_owned())),
        ("issuer", issuer(&config)),
        ("exposure", exposure(&config)),
        ("certificate", certificate(&config)),
        ("clock", clock()),
        ("master key", key_file(&config)),
        ("data folder", folder(&config)),
        ("database", database(&config).await),
    ];
    let mut fine = true;
    for (name, found) in found {
        fine &= !matches!(found, Wrong(_));
        tell(name, found)?;
    }
    Ok(fine)
}

fn tell(name: &str, found: Found) -> std::io::Result<()> {
    let (word, text) = match found {
        Fine(text) => ("ok", text),
        Doubtful(text) => ("warning", text),
        Wrong(text) => ("WRONG", text),
    };
    out::line(format_args!("{word:8} {name:12} {text}"))
}

fn issuer(config: &Config) -> Found {
    let tls = matches!(config.tls.files(), Ok(Some(_)));
    match config.issuer.resolve(config.listen.address, tls) {
        Ok(issuer) if config.issuer.url.is_none() => Doubtful(format!(
            "{issuer}, from the listening address: good for trying out; set issuer.url before others use it"
        )),
        Ok(issuer) => Fine(issuer),
        Err(error) => Wrong(error.to_string()),
    }
}

fn exposure(config: &Config) -> Found {
    let (address, tls) = (config.listen.address, matches!(config.tls.files(), Ok(Some(_))));
    if address.ip().is_loopback() || tls {
        return Fine(format!("{address}, {}", if tls { "with TLS" } else { "on this machine only" }));
    }
    if config.proxy.trusted.is_empty() {
        return Doubtful(format!(
            "{address} speaks plain HTTP to the network: give tls.certificate and tls.key, or listen on loopback behind a \
             proxy and name it in proxy.trusted"
        ));
    }
    Fine(format!("{address}, plain HTTP behind trusted proxies"))
}

fn certificate(config: &Config) -> Found {
    match config.tls.files() {
        Ok(None) => Fine("none; the server speaks plain HTTP".to_owned()),
        Ok(Some(files)) => match Certificates::open(files.clone()) {
            Ok(_) => Fine(format!("{} and its key belong together", files.certificate.display())),
            Err(error) => Wrong(format!("{error:#}")),
        },
        Err(error) => Wrong(error.to_string()),
    }
}

/// No released version is older, so an earlier date is a wrong clock.
const RELEASED: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn clock() -> Found {
    let now = system::env().now();
    if now < RELEASED {
        return Wrong(format!("it is {now} here: set the clock, tokens would be refused everywhere"));
    }
    Fine(format!("{now}"))
}

fn key_file(config: &Config) -> Found {
    let path = config.database.key_file();
    if config.database.master_key_text.is_some() {
        return Fine("from the settings: keep a copy elsewhere, a backup is worthless without it".to_owned());
    }
    if let Some(program) = config.database.master_key_command.first() {
        return Fine(format!("from {program}"));
    }
    match std::fs::metadata(&path) {
        Err(_) => Fine(format!("{} is made on first start", path.display())),
        Ok(meta) if meta.len() != 32 => {
            Wrong(format!("{} does not hold 32 bytes: restore it from its copy", path.display()))
        }
        Ok(_) if open_to_others(&path) => {
            Wrong(format!("{0} can be read by others: run `chmod 600 {0}`", path.display()))
        }
        Ok(_) => Fine(format!("{}; keep a copy elsewhere, a backup is worthless without it", path.display())),
    }
}

fn folder(config: &Config) -> Found {
    let Place::Folder(folder) = config.database.place() else { return Fine("none is needed".to_owned()) };
    match std::fs::metadata(&folder) {
        Err(_) => Fine(format!("{} is made on first start", folder.display())),
        Ok(meta) if !meta.is_dir() => Wrong(format!("{} is no folder: name another", folder.display())),
        Ok(_) if open_to_others(&folder) => {
            Doubtful(format!("{0} is open to others: run `chmod 700 {0}`", folder.display()))
        }
        Ok(_) => Fine(folder.display().to_string()),
    }
}

fn open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

async fn database(config: &Config) -> Found {
    if let Place::Folder(folder) = config.database.place()
        && !folder.join("chancery.db").exists()
    {
        return Fine(format!("there is none in {} yet: the first start makes it", folder.display()));
    }
    match wiring::open_database(&config.database, system::env()).await {
        Ok(db) => {
            if let Some(found) = astray(config, &db) {
                return found;
            }
            let organizations = db.hot().organizations.len();
            Fine(format!("{} opens; organizations: {organizations}", config.database.shown()))
        }
        Err(error) if format!("{error:#}").contains("another process") => {
            Fine("in use by a running server".to_owned())
        }
        Err(error) => Wrong(format!("{error:#}")),
    }
}

/// Organizations whose management API is at another address than this configuration's issuer.
fn astray(config: &Config, db: &chancery_store::Db) -> Option<Found> {
    let tls = matches!(config.tls.files(), Ok(Some(_)));
    let issuer = config.issuer.resolve(config.listen.address, tls).ok()?;
    let here = chancery_context::Settings::new(issuer).api_resource();
    let hot = db.hot();
    let elsewhere = hot.applications.all().find(|app| app.builtin && app.resource != here)?;
    Some(Doubtful(format!(
        "it was last served as {}, and the issuer here makes it {here}: the next start changes that, and every client has \
         to be told the new issuer; if that is not meant, set issuer.url to what it was",
        elsewhere.resource
    )))
}
