//! Event catalogue, canonical encoding, Merkle log, checkpoints, offline verification.
//!
//! Pure: no clock, no disk, no key. An event becomes one canonical line ([`encode`]), the line becomes a leaf of its
//! organization's tree ([`merkle`]), the tree's root is signed now and then ([`checkpoint`]), and anyone who holds an
//! export and an older checkpoint can check the whole without us ([`verify`]).

mod canon;
pub mod checkpoint;
pub mod entry;
pub mod event;
pub mod evidence;
mod explain;
pub mod export;
mod facts;
pub mod fields;
mod json;
pub mod kind;
pub mod merkle;
mod note;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod verdict;
pub mod verify;

pub use checkpoint::{Checkpoint, NoteSigner, SignFault, VerifierKey};
pub use entry::{Actor, BadEntry, Entry, Envelope, encode, encode_acting};
pub use event::{CATALOGUE, Event};
pub use evidence::{AgentFacts, Decision, Evidence, Person, Target, Task, Verdict};
pub use explain::explain;
pub use export::{ExportHeader, ExportWriter};
pub use facts::FACTS;
pub use fields::{Digest, Fact, Party, Subject, Text};
pub use kind::{Class, EventKind, Field, Severity, Shape};
pub use merkle::{Frontier, Hash, leaf_hash};
pub use verdict::JUDGED;
pub use verify::{Anchor, Finding, FindingKind, Report, VerifyOptions, verify};
