//! Checkpoints: once a second, every log that grew gets its size and root signed, and the deployment's own log notes
//! it, so that no organization's log can be rewound alone.

use std::collections::HashSet;
use std::time::Duration;

use chancery_audit::checkpoint::origin;
use chancery_audit::{Checkpoint, Digest, Event, Frontier, NoteSigner};
use chancery_context::Platform;
use chancery_kernel::{Fault, OrgId, Outcome, Timestamp};
use chancery_store::{Commit, DbFault, Who, log};
use chancery_vault::{Vault, deployment};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::MissedTickBehavior;

const EVERY: Duration = Duration::from_secs(1);

/// Signs a log's tree as it stands. The note names the issuer's host and the organization, so no log passes for
/// another.
pub(crate) fn sign(vault: &Vault, org: OrgId, tree: &Frontier, at: Timestamp) -> Outcome<String> {
    let signer = vault.log_signer();
    let checkpoint =
        Checkpoint { origin: origin(signer.name(), org), size: tree.size(), root: tree.root(), at };
    checkpoint.sign(&[signer]).map_err(|e| Fault::internal("a checkpoint cannot be signed").because(e))
}

/// A checkpoint about to be kept.
struct Signed {
    org: OrgId,
    kept: log::Checkpoint,
    root: Digest,
}

/// Signs the logs that grew beyond their last checkpoint; says how many these were.
pub async fn tick(platform: &Platform, logs: impl IntoIterator<Item = OrgId>) -> Outcome<usize> {
    let mut signed = Vec::new();
    for org in logs.into_iter().filter(|org| *org != deployment()) {
        signed.extend(sign_if_grown(platform, org).await?);
    }
    let mut count = signed.len();
    if !signed.is_empty() {
        note(platform, signed).await?;
    }
    // The deployment's own log last: it has just grown by what it noted. Nothing notes its own checkpoint, or it would
    // grow for ever.
    if let Some(Signed { org, kept, .. }) = sign_if_grown(platform, deployment()).await? {
        platform.db.maintain(move |sql| log::keep_checkpoint(sql, org, &kept)).await?;
        count += 1;
    }
    Ok(count)
}

async fn sign_if_grown(platform: &Platform, org: OrgId) -> Outcome<Option<Signed>> {
    let grown = platform.db.read(move |sql| {
        let tree = log::frontier(sql, org)?;
        let last = log::checkpoints(sql, org, None, 1)?.first().map_or(0, |checkpoint| checkpoint.size);
        Ok((i64::try_from(tree.size()) != Ok(last) && tree.size() > 0).then_some(tree))
    });
    let Some(tree) = grown.await? else { return Ok(None) };
    let at = platform.db.env().now();
    let note = sign(&platform.vault, org, &tree, at)?;
    let size = i64::try_from(tree.size()).unwrap_or(i64::MAX);
    Ok(Some(Signed { org, kept: log::Checkpoint { size, note, at }, root: Digest(tree.root()) }))
}

/// Keeps the checkpoints and notes them in the deployment's log, in one commit.
async fn note(platform: &Platform, signed: Vec<Signed>) -> Outcome<()> {
    let write = platform.db.write(deployment(), Who::SYSTEM, move |tx| {
        let mut last = None;
        for Signed { org, kept, root } in signed {
            log::keep_checkpoint(tx.sql(), org, &kept)?;
            last = Some(tx.record(Event::LogCheckpointed { log: org, size: kept.size, root }));
        }
        let last = last.ok_or_else(|| DbFault::Internal("no checkpoint to note".into()))?;
        Ok::<_, DbFault>(last.with(()))
    });
    write.await.map_err(Into::into)
}

/// Every log with an entry in it.
pub async fn all(platform: &Platform) -> Outcome<Vec<OrgId>> {
    Ok(platform.db.read(log::logs).await?)
}

/// Signs once a second, for as long as the future is polled.
pub async fn run(platform: Platform) {
    let mut news = platform.db.subscribe();
    // What grew while nobody signed is unknown at first.
    let mut grown = None;
    let mut pace = tokio::time::interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let Some(known) = collect(&mut news, grown.take()) else { return };
        grown = match once(&platform, known).await {
            Ok(()) => Some(HashSet::new()),
            Err(fault) => {
                tracing::warn!("checkpoints could not be signed: {}", fault.log_line());
                None
            }
        };
    }
}

async fn once(platform: &Platform, known: Known) -> Outcome<()> {
    let logs = match known {
        Known::These(logs) => logs.into_iter().collect(),
        Known::Nothing => all(platform).await?,
    };
    if !logs.is_empty() {
        tick(platform, logs).await?;
    }
    Ok(())
}

enum Known {
    These(HashSet<OrgId>),
    /// News was missed, or there was none yet: every log has to be looked at.
    Nothing,
}

/// The logs that grew since the last time. None when there will be no more news.
fn collect(news: &mut Receiver<Commit>, grown: Option<HashSet<OrgId>>) -> Option<Known> {
    let mut grown = grown;
    loop {
        match news.try_recv() {
            Ok(commit) => drop(grown.as_mut().map(|logs| logs.insert(commit.org))),
            Err(TryRecvError::Empty) => return Some(grown.map_or(Known::Nothing, Known::These)),
            Err(TryRecvError::Lagged(_)) => grown = None,
            Err(TryRecvError::Closed) => return None,
        }
    }
}
