//! The export of one organization's log: every entry, the checkpoints between them, and a fresh one over everything.

use std::io::Write;
use std::mem::take;

use chancery_audit::checkpoint::origin;
use chancery_audit::{Event, ExportHeader, ExportWriter, NoteSigner, VerifierKey, leaf_hash};
use chancery_context::{Act, Cx, Platform};
use chancery_kernel::{Fault, OrgId, Outcome};
use chancery_store::{DbFault, Sql, log};

use crate::checkpoints;

/// Entries read at a time: about half a megabyte.
const PORTION: usize = 500;

/// An export under way, handed over in pieces as they are read.
pub struct Export {
    platform: Platform,
    org: OrgId,
    /// Absent once the footer is written.
    writer: Option<ExportWriter<Buffer>>,
    buffer: Buffer,
    /// The next entry.
    next: i64,
    /// The last entry, as the fresh checkpoint has it: what comes later is left out.
    size: i64,
    fresh: String,
}

/// What has been written and not been handed over.
#[derive(Clone, Default)]
struct Buffer(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins an export of the caller's organization, at the size its log has now.
pub async fn begin(cx: &Cx) -> Outcome<Export> {
    let _may = cx.allowed(Act::EventRead, "export").await?;
    let (org, platform) = (cx.org, cx.platform.clone());
    // Before it is read: the copy says of itself that it was made.
    let exported = Event::LogExported { log: org };
    platform.db.write(org, cx.who(), move |tx| Ok::<_, Fault>(tx.record(exported).with(()))).await?;
    let tree = platform.db.read(move |sql| log::frontier(sql, org)).await?;
    let now = cx.now();
    let fresh = checkpoints::sign(&platform.vault, org, &tree, now)?;
    let signer = platform.vault.log_signer();
    let key = VerifierKey::of(signer).map_err(|e| Fault::internal("log key").because(e))?;
    let header = ExportHeader { origin: origin(signer.name(), org), org, keys: vec![key], exported_at: now };
    let buffer = Buffer::default();
    let writer = ExportWriter::begin(buffer.clone(), &header).map_err(broken)?;
    let size = i64::try_from(tree.size()).unwrap_or(i64::MAX);
    Ok(Export { platform, org, writer: Some(writer), buffer, next: 1, size, fresh })
}

/// Writes a whole export.
pub async fn export(cx: &Cx, mut out: impl Write) -> Outcome<()> {
    let mut export = begin(cx).await?;
    while let Some(piece) = export.next().await? {
        out.write_all(&piece).map_err(broken)?;
    }
    out.flush().map_err(broken)
}

fn broken(error: std::io::Error) -> Fault {
    Fault::internal("an export could not be written").because(error)
}

impl Export {
    /// The next piece; none at the end. An export that ends without its footer is incomplete, and its verification
    /// says so.
    pub async fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
        if self.writer.is_none() {
            return Ok(None);
        }
        if self.next > self.size {
            self.finish()?;
        } else {
            self.portion().await?;
        }
        Ok(Some(self.buffer.take()))
    }

    async fn portion(&mut self) -> Outcome<()> {
        let (org, from, size) = (self.org, self.next, self.size);
        let (entries, notes) = self.platform.db.read(move |sql| read(sql, org, from, size)).await?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut notes = notes.into_iter().rev().peekable();
        for entry in &entries {
            if entry.seq != self.next {
                return Err(Fault::internal(format!("entry {} of a log is missing", self.next)));
            }
            self.next += 1;
            writer.entry(&leaf_hash(&entry.body), &entry.body).map_err(broken)?;
            while let Some(note) = notes.next_if(|note| note.size <= entry.seq) {
                if note.size == entry.seq && note.size < size {
                    writer.checkpoint(&note.note).map_err(broken)?;
                }
            }
        }
        let missing = || Fault::internal(format!("entry {from} of a log is missing"));
        if entries.is_empty() { Err(missing()) } else { Ok(()) }
    }

    fn finish(&mut self) -> Outcome<()> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        writer.checkpoint(&self.fresh).map_err(broken)?;
        writer.finish().map(drop).map_err(broken)
    }
}

/// A portion of entries, and the checkpoints among them, the latest first.
fn read(
    sql: &mut Sql<'_>,
    org: OrgId,
    from: i64,
    size: i64,
) -> Result<(Vec<log::Stored>, Vec<log::Checkpoint>), DbFault> {
    let left = usize::try_from(size - from + 1).unwrap_or(PORTION);
    let entries = log::entries(sql, org, from, left.min(PORTION))?;
    let last = entries.last().map_or(from, |entry| entry.seq);
    let mut notes = log::checkpoints(sql, org, Some(last + 1), entries.len())?;
    notes.retain(|note| note.size >= from);
    Ok((entries, notes))
}
