//! What only the operator may ask of a server: links for organizations, and the keys that all of them share.
//!
//! No right inside an organization reaches so far, so this is no part of the API. Whoever may open the socket in the
//! data folder, or the database itself, is the operator: the system's file permissions say so. One line of JSON asks,
//! one answers.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chancery_audit::VerifierKey;
use chancery_context::Platform;
use chancery_issuer::Issuer;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::config::{Config, Place};
use crate::supervisor::Stop;
use crate::system;
use crate::wiring::{self, told};

/// One thing asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Another link for the first administrator.
    SetupLink,
    /// A link for one more organization.
    OrganizationLink,
    OrganizationList,
    KeyList,
    /// The key that proves the audit log, as verifiers take it.
    LogKey,
    KeyRotate {
        alg: String,
    },
    KeyWithdraw {
        kid: String,
    },
    /// Seals everything anew under the master key that the settings give now.
    KeyRewrap,
    /// Makes new data keys, and seals secrets anew under them.
    DataKeyRotate {
        organization: Option<String>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Lines(Vec<String>),
    Refused(String),
}

/// Longer than any order.
const MOST: u64 = 4_096;
const PATIENCE: Duration = Duration::from_secs(30);

/// Has an order carried out: by the server that runs on this database, or without one right here.
pub async fn give(config: &Config, order: &Order) -> anyhow::Result<Vec<String>> {
    if let Some(path) = socket(config)
        && let Ok(stream) = UnixStream::connect(&path).await
    {
        let reply = tokio::time::timeout(PATIENCE, ask(stream, order)).await;
        return reply.context("the running server does not answer")?;
    }
    let issuer = config.issuer.resolve(config.listen.address, config.tls.files()?.is_some())?;
    let platform = wiring::open(config, system::env(), &issuer).await?;
    carry_out(config, &platform, order).await
}

async fn ask(mut stream: UnixStream, order: &Order) -> anyhow::Result<Vec<String>> {
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    match serde_json::from_str(&answer)
        .context("the running server answers strangely: is it of this version?")?
    {
        Reply::Lines(lines) => Ok(lines),
        Reply::Refused(why) => bail!(why),
    }
}

async fn carry_out(config: &Config, platform: &Platform, order: &Order) -> anyhow::Result<Vec<String>> {
    let issuer = Issuer::new(platform.clone());
    Ok(match order {
        Order::SetupLink => {
            let link = issuer.setup_link().await.map_err(told)?;
            vec![link.context("there is an administrator already: ask one of them for an account")?]
        }
        Order::OrganizationLink => vec![issuer.organization_link().await.map_err(told)?],
        Order::OrganizationList => {
            let hot = platform.db.hot();
            hot.organizations.all().map(|org| format!("{}  {:20}  {}", org.id, org.slug, org.title)).collect()
        }
        Order::KeyRotate { alg } => {
            let alg =
                alg.parse().map_err(|_| anyhow::anyhow!("`{alg}` is not ES256, EdDSA, PS256 or RS256"))?;
            platform.vault.rotate(alg).await.map_err(told)?;
            keys(platform)
        }
        Order::KeyWithdraw { kid } => {
            platform.vault.withdraw(kid).await.map_err(told)?;
            let mut lines = keys(platform);
            lines.push(
                "a verifier that does not know the key in use yet fetches the set when it meets it"
                    .to_owned(),
            );
            lines
        }
        Order::KeyRewrap => {
            let key = wiring::master_key(&config.database, None).await?;
            let done = platform.vault.rewrap(key).await.map_err(told)?;
            vec![format!("sealed anew: {} data keys and {} others", done.data_keys, done.others)]
        }
        Order::DataKeyRotate { organization } => data_keys(platform, organization.as_deref()).await?,
        Order::KeyList => keys(platform),
        Order::LogKey => vec![VerifierKey::of(platform.vault.log_signer())?.to_string()],
    })
}

/// As long as an order may take, secrets are sealed anew before it is answered; the rest afterwards, by the server.
async fn data_keys(platform: &Platform, named: Option<&str>) -> anyhow::Result<Vec<String>> {
    let until = Instant::now() + PATIENCE / 2;
    let wanted =
        match named {
            None => None,
            Some(slug) => {
                let found = platform.db.hot().org_by_slug(slug);
                Some(found.with_context(|| {
                    format!("there is no organization `{slug}`: see `organizations list`")
                })?)
            }
        };
    let (vault, mut lines) = (&platform.vault, Vec::new());
    for (org, present) in vault.data_keys().await.map_err(told)? {
        if wanted.is_some_and(|wanted| wanted != org) {
            continue;
        }
        let key = vault.rotate_data_key(org, present).await.map_err(told)?.id;
        let mut done = 0;
        let whole = loop {
            match vault.reseal_some(org).await.map_err(told)? {
                0 => break true,
                some => done += some,
            }
            if Instant::now() > until {
                break false;
            }
        };
        let rest = if whole { "" } else { ", the server goes on with the rest" };
        lines.push(format!("{org}  {key}  {done} values sealed anew{rest}"));
    }
    if lines.is_empty() {
        lines.push("no secret is kept there yet: there is no data key to rotate".to_owned());
    }
    Ok(lines)
}

fn keys(platform: &Platform) -> Vec<String> {
    let ring = platform.vault.ring();
    ring.list()
        .map(|(kid, alg, state)| format!("{:8}  {:6}  {kid}", state.as_str(), alg.to_string()))
        .collect()
}

/// Where a server takes orders. With PostgreSQL there is no need: any node's command opens the database itself.
fn socket(config: &Config) -> Option<PathBuf> {
    match config.database.place() {
        Place::Folder(folder) => Some(folder.join("control.sock")),
        Place::Postgres(_) => None,
    }
}

/// Listens, where orders are taken this way. The database is open by now, so a socket that is there is a dead one's.
pub fn listen(config: &Config) -> Option<UnixListener> {
    let path = socket(config)?;
    let bound = match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(&path),
    };
    // The folder is closed to others already; this says it of the socket too.
    let closed = bound.and_then(|listener| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map(|()| listener)
    });
    match closed {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::warn!(socket = %path.display(), %error, "no orders are taken beside this server");
            None
        }
    }
}

/// Takes orders, one after the other, until the server stops.
pub async fn serve(
    listener: UnixListener,
    config: Config,
    platform: Platform,
    mut stop: Stop,
) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = stop.asked() => return Ok(()),
            taken = listener.accept() => {
                let (stream, _) = taken?;
                match tokio::time::timeout(PATIENCE, answer(stream, &config, &platform)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::debug!("an order ended: {error:#}"),
                    Err(_) => tracing::debug!("an order took too long"),
                }
            }
        }
    }
}

async fn answer(mut stream: UnixStream, config: &Config, platform: &Platform) -> anyhow::Result<()> {
    let mut line = String::new();
    BufReader::new((&mut stream).take(MOST)).read_line(&mut line).await?;
    let outcome = match serde_json::from_str(&line) {
        Ok(order) => carry_out(config, platform, &order).await,
        Err(error) => Err(anyhow::anyhow!("the order cannot be read: {error}")),
    };
    let reply = outcome.map_or_else(|error| Reply::Refused(format!("{error:#}")), Reply::Lines);
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    Ok(stream.write_all(&line).await?)
}
