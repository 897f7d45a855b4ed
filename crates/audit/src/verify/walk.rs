//! The pass over an export, line by line: knows what every manipulation is called.

use std::io::{BufRead, Read};

use super::finding::{Finding, FindingKind as Kind, number};
use super::lines::{self, HASH, Line};
use super::look::{Sound, Terms};
use super::{Anchor, Report, VerifyOptions};
use crate::checkpoint::{BadCheckpoint, Checkpoint};
use crate::export::{ExportHeader, Frame, footer_line};
use crate::merkle::{Frontier, sha256};
use crate::note::{VerifierKey, is_base64_of};

/// Longest line: a bound on memory, far above any entry.
const LONGEST_LINE: u64 = 4 << 20;

/// What has been established so far.
pub(super) struct Trail {
    header: ExportHeader,
    frame: Frame,
    /// Keys whose signature counts.
    keys: Vec<VerifierKey>,
    anchor: Anchor,
    older: Option<Checkpoint>,
    /// The tree of the older checkpoint's size has another root. Said once a later checkpoint shows that the server
    /// signed this history; until then it may be plain tampering.
    fork: bool,
    tree: Frontier,
    /// Entries up to here are proven by a checkpoint.
    proven: u64,
    checkpoints: u64,
    last: Option<(Checkpoint, VerifierKey)>,
}

impl Trail {
    /// Reads the header.
    pub(super) fn begin(reader: &mut impl BufRead, options: VerifyOptions) -> Result<Self, Finding> {
        let mut line = Vec::with_capacity(4_096);
        next_line(reader, &mut line, 0)?;
        let header = lines::header(&line).ok_or_else(|| {
            let claims =
                lines::other_format(&line).map(|format| format!(" It claims the format `{format}`."));
            let claims = claims.unwrap_or_default();
            Finding::at(Kind::Malformed, 0, format!("The first line is no header of an export.{claims}"))
        })?;
        let mut frame = Frame::new();
        frame.line(&line);
        let (keys, anchor, older) = trust(&header, options)?;
        let (tree, last) = (Frontier::new(), None);
        let mut trail =
            Self { header, frame, keys, anchor, older, fork: false, tree, proven: 0, checkpoints: 0, last };
        trail.compare_with_older();
        Ok(trail)
    }

    pub(super) fn terms(&self) -> Terms {
        Terms { keys: self.keys.clone(), pause: self.older.as_ref().map(|older| older.size) }
    }

    /// Goes on over something that is right by itself; false, and nothing done, if it is not right here.
    pub(super) fn accept(&mut self, sound: Sound, line: &[u8]) -> bool {
        match sound {
            Sound::Entries(stretch) => {
                let joined = self.tree.join(&stretch);
                self.compare_with_older();
                joined
            }
            Sound::Checkpoint(checkpoint, by) => {
                let here = self.tree.size();
                let right = same_log(&checkpoint, &self.header, here).is_ok()
                    && checkpoint.size == here
                    && checkpoint.root == self.tree.root()
                    && !self.fork;
                if right {
                    self.frame.line(line);
                    self.checkpoints += 1;
                    self.prove(checkpoint, by);
                }
                right
            }
        }
    }

    /// A checkpoint over exactly these entries.
    fn prove(&mut self, checkpoint: Checkpoint, by: usize) {
        self.proven = checkpoint.size;
        // `by` is a place in `keys`: the clone is there.
        self.last = self.keys.get(by).cloned().map(|key| (checkpoint, key));
    }

    fn compare_with_older(&mut self) {
        if let Some(older) = self.older.as_ref().filter(|older| older.size == self.tree.size()) {
            self.fork = older.root != self.tree.root();
        }
    }

    fn mismatch(&self, here: u64) -> Finding {
        // If the older checkpoint lies in the stretch and does not fit either, the damage lies before it.
        let older =
            self.older.as_ref().filter(|older| self.fork && older.size > self.proven).map(|older| older.size);
        let (from, through) = (self.proven + 1, older.unwrap_or(here));
        let detail = format!(
            "Entries {from} to {through} are not those that the checkpoint of {here} entries was signed over."
        );
        Finding::range(Kind::CheckpointMismatch, from, through, detail)
    }

    fn forked(&self) -> Finding {
        let size = self.older.as_ref().map_or(0, |older| older.size);
        let detail = format!(
            "The first {size} entries are not those of the older checkpoint, and both are signed by the same key."
        );
        Finding::range(Kind::Forked, 1, size, detail)
    }
}

/// The rest of an export, and what is known of it up to here.
pub(super) struct Walk<R> {
    reader: R,
    line: Vec<u8>,
    trail: Trail,
}

impl<R: BufRead> Walk<R> {
    pub(super) fn along(trail: Trail, reader: R) -> Self {
        Self { reader, line: Vec::with_capacity(4_096), trail }
    }

    pub(super) fn finish(mut self) -> Result<Report, Finding> {
        loop {
            let here = self.trail.tree.size();
            next_line(&mut self.reader, &mut self.line, here + 1)?;
            match lines::classify(&self.line) {
                Line::Entry => self.entry()?,
                Line::Checkpoint => self.checkpoint()?,
                Line::Footer => return self.footer(),
                Line::Unknown => {
                    let detail = format!("After entry {here} stands a line of no known form.");
                    return Err(Finding::at(Kind::Malformed, here + 1, detail));
                }
            }
        }
    }

    fn entry(&mut self) -> Result<(), Finding> {
        let expected = self.trail.tree.size() + 1;
        let malformed = || {
            Finding::at(Kind::Malformed, expected, format!("The line of entry {expected} is no entry line."))
        };
        // The space between hash and entry becomes the byte that stands before a leaf (RFC 6962 §2.1), so that both
        // are hashed in one go.
        let between = self.line.get_mut(HASH).filter(|byte| **byte == b' ').ok_or_else(malformed)?;
        *between = 0;
        let (stated, leaf) = self.line.split_at_checked(HASH).ok_or_else(malformed)?;
        let hash = sha256(leaf.strip_suffix(b"\n").unwrap_or(leaf));
        if !stated.try_into().is_ok_and(|stated| is_base64_of(stated, &hash)) {
            let detail = format!("Entry {expected} does not fit its leaf hash.");
            return Err(Finding::at(Kind::Flipped, expected, detail));
        }
        let found = lines::seq(leaf).ok_or_else(malformed)?;
        if found != expected {
            return Err(self.out_of_order(expected, found));
        }
        self.trail.tree.append(hash);
        self.trail.compare_with_older();
        Ok(())
    }

    fn out_of_order(&mut self, expected: u64, found: u64) -> Finding {
        if found < expected {
            let detail = format!("Entry {found} stands a second time, where entry {expected} belongs.");
            return Finding::at(Kind::Inserted, found, detail);
        }
        // Missing here: is it further down?
        while next_line(&mut self.reader, &mut self.line, expected).is_ok() {
            let entry = matches!(lines::classify(&self.line), Line::Entry);
            if entry && lines::seq(&self.line) == Some(expected) {
                let detail =
                    format!("Where entry {expected} belongs stands entry {found}; {expected} comes later.");
                return Finding::at(Kind::Reordered, expected, detail);
            }
        }
        let last = found - 1;
        let which = if last == expected {
            format!("Entry {expected} is")
        } else {
            format!("Entries {expected} to {last} are")
        };
        Finding::range(
            Kind::Deleted,
            expected,
            last,
            format!("{which} missing; entry {found} follows at once."),
        )
    }

    fn checkpoint(&mut self) -> Result<(), Finding> {
        let here = self.trail.tree.size();
        let note = lines::checkpoint(&self.line).ok_or_else(|| {
            Finding::at(
                Kind::Malformed,
                here,
                format!("The checkpoint after entry {here} is no line of this format."),
            )
        })?;
        let (checkpoint, by) = Checkpoint::open_by(&note, &self.trail.keys)
            .map_err(|bad| refused(bad, here, &format!("The checkpoint after entry {here}")))?;
        same_log(&checkpoint, &self.trail.header, here)?;
        self.trail.frame.line(&self.line);
        self.trail.checkpoints += 1;
        if checkpoint.size != here {
            return Err(self.misplaced(&checkpoint));
        }
        if checkpoint.root != self.trail.tree.root() {
            return Err(self.trail.mismatch(here));
        }
        if self.trail.fork {
            return Err(self.trail.forked());
        }
        self.trail.prove(checkpoint, by);
        Ok(())
    }

    /// A signed checkpoint of another size than the number of entries above it.
    fn misplaced(&mut self, checkpoint: &Checkpoint) -> Finding {
        let (size, here) = (checkpoint.size, self.trail.tree.size());
        match self.next_number() {
            None if size > here => {
                let detail =
                    format!("The export ends after entry {here}, and its own checkpoint covers {size}.");
                return Finding::range(Kind::Truncated, here + 1, size, detail);
            }
            Some(found) if found > here + 1 => return self.out_of_order(here + 1, found),
            _ => {}
        }
        let from = self.trail.proven.min(here.saturating_sub(1)).min(size) + 1;
        let detail = format!(
            "A checkpoint of {size} entries stands after entry {here}. Something between entries {from} and {here} was \
             added or removed, and the rest renumbered."
        );
        Finding::range(Kind::CheckpointMismatch, from, here.max(from), detail)
    }

    /// The number of the next entry, past checkpoints and whatever else there is.
    fn next_number(&mut self) -> Option<u64> {
        while next_line(&mut self.reader, &mut self.line, 0).is_ok() {
            if let Line::Entry = lines::classify(&self.line) {
                return lines::seq(&self.line);
            }
        }
        None
    }

    fn footer(mut self) -> Result<Report, Finding> {
        let here = self.trail.tree.size();
        if self.line != footer_line(here, self.trail.checkpoints, &self.trail.frame.digest()) {
            return Err(self.bad_footer(here));
        }
        if next_line(&mut self.reader, &mut self.line, here).is_ok() || !self.line.is_empty() {
            return Err(Finding::at(Kind::Malformed, here + 1, "Something stands after the footer."));
        }
        let Some((last, key)) = self.trail.last.take().filter(|(last, _)| last.size == here) else {
            let from = self.trail.proven + 1;
            let detail = format!("Entries {from} to {here} stand after the last checkpoint.");
            return Err(Finding::range(Kind::Uncovered, from, here.max(from), detail));
        };
        if let Some(older) = self.trail.older.as_ref().filter(|older| older.size > here) {
            return Err(shorter_than(older, &last));
        }
        Ok(Report {
            origin: self.trail.header.origin,
            org: self.trail.header.org,
            exported_at: self.trail.header.exported_at,
            entries: number(here),
            checkpoints: number(self.trail.checkpoints),
            root: last.root,
            last,
            key,
            anchor: self.trail.anchor,
            continues: self.trail.older.map(|older| number(older.size)),
        })
    }

    fn bad_footer(&self, here: u64) -> Finding {
        match lines::footer_entries(&self.line).filter(|counted| *counted > here) {
            Some(counted) => {
                let detail =
                    format!("The footer counts {counted} entries, and the export ends after entry {here}.");
                Finding::range(Kind::Truncated, here + 1, counted, detail)
            }
            None => Finding::at(
                Kind::Flipped,
                0,
                "The footer does not fit: the header, a checkpoint line or the footer itself was changed.",
            ),
        }
    }
}

/// Which keys count, and what is known from before.
fn trust(
    header: &ExportHeader,
    options: VerifyOptions,
) -> Result<(Vec<VerifierKey>, Anchor, Option<Checkpoint>), Finding> {
    let (mut keys, mut anchor) = (header.keys.clone(), Anchor::Nothing);
    if let Some(trusted) = options.trusted_key {
        (keys, anchor) = (vec![trusted], Anchor::TrustedKey);
    }
    let Some(note) = options.older_checkpoint else { return Ok((keys, anchor, None)) };
    let (older, by) =
        Checkpoint::open_by(&note, &keys).map_err(|bad| refused(bad, 0, "The older checkpoint"))?;
    same_log(&older, header, 0)?;
    if anchor == Anchor::Nothing {
        // Only the key that signed back then: an export may name any others.
        (keys, anchor) = (keys.into_iter().skip(by).take(1).collect(), Anchor::OlderCheckpoint);
    }
    Ok((keys, anchor, Some(older)))
}

fn refused(bad: BadCheckpoint, here: u64, which: &str) -> Finding {
    let (kind, what) = match bad {
        BadCheckpoint::Malformed => (Kind::Malformed, "is no signed checkpoint."),
        BadCheckpoint::Forged => {
            (Kind::BadSignature, "names the trusted key, and its signature does not hold.")
        }
        BadCheckpoint::Stranger => (Kind::ReplacedKey, "is not signed by the trusted key."),
    };
    Finding::at(kind, here, format!("{which} {what}"))
}

fn same_log(checkpoint: &Checkpoint, header: &ExportHeader, here: u64) -> Result<(), Finding> {
    if checkpoint.origin == header.origin && header.origin.ends_with(&header.org.to_string()) {
        return Ok(());
    }
    let detail = format!("The export is of `{}`, the checkpoint of `{}`.", header.origin, checkpoint.origin);
    Err(Finding::at(Kind::OtherLog, here, detail))
}

/// The export is sound and shorter than the older checkpoint. If the server signed it later, the server itself lost
/// entries; if earlier, somebody cut the export at an earlier checkpoint.
fn shorter_than(older: &Checkpoint, last: &Checkpoint) -> Finding {
    let (size, here) = (older.size, last.size);
    if last.at < older.at {
        let detail =
            format!("The export ends with entry {here}; the older checkpoint already covers {size}.");
        return Finding::range(Kind::Truncated, here + 1, size, detail);
    }
    let detail = format!(
        "The checkpoint of {} covers {here} entries; the older one of {} already covered {size}.",
        last.at, older.at
    );
    Finding::range(Kind::RolledBack, here + 1, size, detail)
}

/// Reads the next line, its end included. An export ends with its footer, so the end of the file is a finding.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, expected: u64) -> Result<(), Finding> {
    line.clear();
    let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', line);
    match read {
        Err(error) => Err(Finding::at(Kind::Unreadable, expected, format!("Reading failed: {error}."))),
        Ok(_) if line.ends_with(b"\n") => Ok(()),
        Ok(0) => Err(Finding::at(Kind::Truncated, expected, "The file ends without a footer.")),
        Ok(length) if length as u64 == LONGEST_LINE => {
            Err(Finding::at(Kind::Malformed, expected, "A line is longer than any entry can be."))
        }
        Ok(_) => Err(Finding::at(Kind::Truncated, expected, "The file ends in the middle of a line.")),
    }
}
