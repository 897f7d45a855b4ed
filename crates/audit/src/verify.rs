//! Verifies an export, offline, in one pass and constant memory.
//!
//! What is right is established in blocks, by as many threads as are given ([`crew`], [`look`]); from the first line
//! that is not, the pass goes on line by line and says what is wrong ([`walk`]).
//!
//! Every line is held against its leaf hash, every number against the one before, every checkpoint against the tree of
//! the entries above it and against the key; at the end the whole is held against an older checkpoint, if there is
//! one. The first thing that does not fit is the [`Finding`].

mod blocks;
mod crew;
mod finding;
mod lines;
mod look;
#[cfg(test)]
mod tests;
mod walk;

use std::io::BufRead;

use chancery_kernel::{OrgId, Timestamp};

use crate::checkpoint::Checkpoint;
use crate::merkle::Hash;
use crate::note::VerifierKey;

pub use finding::{Finding, FindingKind};

/// What the verifier trusts. With neither, an export can only be shown to fit itself.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// The key that has to have signed the checkpoints, from a source other than the export.
    pub trusted_key: Option<VerifierKey>,
    /// A checkpoint kept from an earlier day: the export has to continue it.
    pub older_checkpoint: Option<String>,
    /// Threads that hash beside the caller's: as many as there are further processors.
    pub helpers: usize,
}

/// What a good verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The given key signed.
    TrustedKey,
    /// The key that signed the older checkpoint signed.
    OlderCheckpoint,
    /// A key named by the export itself signed.
    Nothing,
}

/// The export is what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub origin: String,
    pub org: OrgId,
    pub exported_at: Timestamp,
    pub entries: i64,
    pub checkpoints: i64,
    pub root: Hash,
    /// The checkpoint over everything.
    pub last: Checkpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    pub anchor: Anchor,
    /// The size of the older checkpoint that the export was shown to continue.
    pub continues: Option<i64>,
}

impl Report {
    /// The verdict in sentences.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} entries of {} are complete, in order and unchanged; {} checkpoints agree, the last of {}.",
            self.entries, self.origin, self.checkpoints, self.last.at
        )];
        lines.extend(self.continues.map(|size| {
            format!("They continue the older checkpoint of {size} entries: nothing before it was rewritten.")
        }));
        lines.push(match self.anchor {
            Anchor::TrustedKey => format!("Signed by the trusted key {}.", self.key),
            Anchor::OlderCheckpoint => format!("Signed by the key of the older checkpoint, {}.", self.key),
            Anchor::Nothing => format!(
                "Signed by {}, which only the export itself vouches for: compare this key, or give an older \
                 checkpoint, to exclude that all of it was made up.",
                self.key
            ),
        });
        lines
    }
}

/// Reads an export to its end, or to the first thing that is wrong.
pub fn verify(reader: impl BufRead, options: VerifyOptions) -> Result<Report, Finding> {
    in_blocks(reader, options, blocks::BLOCK)
}

fn in_blocks(mut reader: impl BufRead, options: VerifyOptions, size: usize) -> Result<Report, Finding> {
    let helpers = options.helpers;
    crew::read(walk::Trail::begin(&mut reader, options)?, reader, size, helpers)
}
