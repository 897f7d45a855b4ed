//! What can be said of a block of lines by itself, without the entries before it: done by any thread.
//!
//! Only what is right is said. At the first line that is not plainly right looking stops, and the one pass of
//! [`super::walk`] reads on from there: it alone knows what a manipulation is called.

use std::io::BufRead;

use super::lines::{self, HASH, Line};
use crate::checkpoint::Checkpoint;
use crate::merkle::{Stretch, sha256};
use crate::note::{VerifierKey, is_base64_of};

/// What a block is held against.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub keys: Vec<VerifierKey>,
    /// The size of the older checkpoint: the root is wanted there, so a stretch ends there.
    pub pause: Option<u64>,
}

/// Something that is right by itself.
#[derive(Debug)]
pub(super) enum Sound {
    /// Entries that fit their hashes and follow one another.
    Entries(Stretch),
    /// A checkpoint, and which of the keys signed it.
    Checkpoint(Checkpoint, usize),
}

/// A sound part of a block, and where it begins and ends.
#[derive(Debug)]
pub(super) struct Part {
    pub sound: Sound,
    pub from: usize,
    pub to: usize,
}

/// The sound beginning of a block. The block itself is as it was.
pub(super) fn look(block: &mut [u8], terms: &Terms) -> Vec<Part> {
    let (mut parts, mut at): (Vec<Part>, usize) = (Vec::new(), 0);
    while let Some(rest) = block.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let length = (&*rest).skip_until(b'\n').unwrap_or(0);
        let Some(line) = rest.get_mut(..length).filter(|line| line.ends_with(b"\n")) else { break };
        let to = at + length;
        let sound = match lines::classify(line) {
            Line::Entry => entry(line, &mut parts, to, terms),
            Line::Checkpoint => checkpoint(line, terms).map(|sound| parts.push(Part { sound, from: at, to })),
            Line::Footer | Line::Unknown => None,
        };
        if sound.is_none() {
            break;
        }
        at = to;
    }
    parts
}

/// Adds an entry line to the stretch that it continues, or begins one.
fn entry(line: &mut [u8], parts: &mut Vec<Part>, to: usize, terms: &Terms) -> Option<()> {
    let (leaf, index) = proven(line)?;
    let from = to - line.len();
    if let Some(Part { sound: Sound::Entries(stretch), to: end, .. }) = parts.last_mut()
        && terms.pause != Some(stretch.end())
    {
        (stretch.end() == index).then(|| stretch.append(leaf))?;
        *end = to;
        return Some(());
    }
    let mut stretch = Stretch::at(index);
    stretch.append(leaf);
    parts.push(Part { sound: Sound::Entries(stretch), from, to });
    Some(())
}

/// The leaf of an entry line that fits its hash, and its index.
fn proven(line: &mut [u8]) -> Option<([u8; 32], u64)> {
    // For the time of hashing, the space between hash and entry is the byte that stands before a leaf (RFC 6962 §2.1):
    // no copy, and one call.
    *line.get_mut(HASH).filter(|byte| **byte == b' ')? = 0;
    let hash = line.get(HASH..line.len() - 1).map(sha256);
    *line.get_mut(HASH)? = b' ';
    let (hash, stated) = (hash?, line.first_chunk::<HASH>()?);
    let seq = lines::seq(line)?;
    (is_base64_of(stated, &hash) && seq > 0).then(|| (hash, seq - 1))
}

fn checkpoint(line: &[u8], terms: &Terms) -> Option<Sound> {
    let note = lines::checkpoint(line)?;
    let (checkpoint, by) = Checkpoint::open_by(&note, &terms.keys).ok()?;
    Some(Sound::Checkpoint(checkpoint, by))
}
