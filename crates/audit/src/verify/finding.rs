//! What a verification can find, and what it means.

use std::fmt;

/// What is wrong with the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A line and its hash do not fit.
    Flipped,
    /// Numbers are missing.
    Deleted,
    /// A number comes later than it should.
    Reordered,
    /// A number comes twice.
    Inserted,
    /// The end is missing.
    Truncated,
    /// A smaller tree was signed after a larger one.
    RolledBack,
    /// Two histories were signed.
    Forked,
    /// Signed by another key than the trusted one.
    ReplacedKey,
    /// The right key is named, and did not sign.
    BadSignature,
    /// The entries are not those that were signed.
    CheckpointMismatch,
    /// No checkpoint vouches for the last entries.
    Uncovered,
    /// A checkpoint of another log.
    OtherLog,
    /// Not a line of this format.
    Malformed,
    /// The export could not be read.
    Unreadable,
}

impl FindingKind {
    pub const ALL: [Self; 14] = [
        Self::Flipped,
        Self::Deleted,
        Self::Reordered,
        Self::Inserted,
        Self::Truncated,
        Self::RolledBack,
        Self::Forked,
        Self::ReplacedKey,
        Self::BadSignature,
        Self::CheckpointMismatch,
        Self::Uncovered,
        Self::OtherLog,
        Self::Malformed,
        Self::Unreadable,
    ];

    /// For machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flipped => "flipped",
            Self::Deleted => "deleted",
            Self::Reordered => "reordered",
            Self::Inserted => "inserted",
            Self::Truncated => "truncated",
            Self::RolledBack => "rolled_back",
            Self::Forked => "forked",
            Self::ReplacedKey => "replaced_key",
            Self::BadSignature => "bad_signature",
            Self::CheckpointMismatch => "checkpoint_mismatch",
            Self::Uncovered => "uncovered",
            Self::OtherLog => "other_log",
            Self::Malformed => "malformed",
            Self::Unreadable => "unreadable",
        }
    }

    /// What it means and what to do about it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Flipped => {
                "The text or its hash was changed after it was written. Export again; if it stays, the stored log \
                 was changed."
            }
            Self::Deleted => {
                "Entries were taken out. Export again; if they stay missing, they are gone from the log."
            }
            Self::Reordered => {
                "Entries stand in another order than they were written in. Export again and compare."
            }
            Self::Inserted => {
                "Something was added after the fact: every number is given once. Export again and compare."
            }
            Self::Truncated => {
                "The end is missing, or entries before it were taken out and the rest renumbered. Copy or export the \
                 file again; if it stays short, ask for the rest."
            }
            Self::RolledBack => {
                "The server signed a shorter history after a longer one, as after restoring an old backup. Ask for \
                 the entries in between: they existed."
            }
            Self::Forked => {
                "The server signed two different histories of this log. Keep both checkpoints: together they prove \
                 it."
            }
            Self::ReplacedKey => {
                "Whoever signed this does not hold the key you trust. If the key was replaced on purpose, get the \
                 new one from a source you trust and verify again."
            }
            Self::BadSignature => "The checkpoint's text was changed, or its signature was made up.",
            Self::CheckpointMismatch => {
                "At least one entry of this range was changed, added or removed, and the hashes recomputed to hide \
                 it. Entries before the range are proven."
            }
            Self::Uncovered => {
                "Nothing vouches for these entries. Export again: the server ends every export with a checkpoint."
            }
            Self::OtherLog => {
                "Checkpoints prove nothing about another log. Compare it with the right export."
            }
            Self::Malformed => "The file is no export of this format, or was damaged. Export again.",
            Self::Unreadable => "Reading stopped before the end; nothing is said about the rest.",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail} {}", kind.meaning())]
pub struct Finding {
    pub kind: FindingKind,
    /// The entry, or the first of the range, or the entry before the checkpoint. 0: before the first entry.
    pub seq: i64,
    /// The last of the range, where it cannot be said more exactly.
    pub through: Option<i64>,
    /// What was seen.
    pub detail: String,
}

impl Finding {
    pub(crate) fn at(kind: FindingKind, seq: u64, detail: impl Into<String>) -> Self {
        Self { kind, seq: number(seq), through: None, detail: detail.into() }
    }

    pub(crate) fn range(kind: FindingKind, from: u64, through: u64, detail: impl Into<String>) -> Self {
        Self { kind, seq: number(from), through: Some(number(through)), detail: detail.into() }
    }
}

/// Sizes of logs fit: `seq` itself is signed.
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
