//! An export as a list of lines that can be tampered with: what an attacker with a text editor, and one with a hash
//! function, could do.

use std::ops::RangeInclusive;

use chancery_kernel::{OrgId, Timestamp};

use super::super::{FindingKind, VerifyOptions};
use super::told;
use crate::checkpoint::{Checkpoint, origin};
use crate::export::{ExportHeader, ExportWriter, Frame, checkpoint_line, footer_line};
use crate::fields::Text;
use crate::merkle::{Frontier, leaf_hash};
use crate::note::base64_hash;
use crate::samples::{NOON, Pen, envelope, id};
use crate::{Event, encode};

/// What happened, and who wrote it down.
pub(crate) struct Story {
    pub count: u64,
    /// Entries between checkpoints; 0 for none at all.
    pub every: u64,
    pub pen: u8,
    pub also_named: Vec<u8>,
    pub login: &'static str,
    pub host: &'static str,
    pub signed: i64,
}

impl Default for Story {
    fn default() -> Self {
        let (login, host) = ("alice", "id.example");
        Self { count: 500, every: 100, pen: 1, also_named: vec![], login, host, signed: NOON }
    }
}

impl Story {
    fn header(&self) -> ExportHeader {
        let org: OrgId = id(1);
        let keys = [self.pen]
            .iter()
            .chain(&self.also_named)
            .map(|seed| Pen::new("id.example", *seed).key())
            .collect();
        let exported_at = Timestamp::from_micros(NOON + 10_000_000);
        ExportHeader { origin: origin(self.host, org), org, keys, exported_at }
    }

    fn note(&self, tree: &Frontier) -> String {
        let at = Timestamp::from_micros(self.signed + tree.size() as i64);
        let checkpoint =
            Checkpoint { origin: self.header().origin, size: tree.size(), root: tree.root(), at };
        checkpoint.sign(&[&Pen::new("id.example", self.pen)]).unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Export {
    header: String,
    /// Entries and checkpoints, with their line ends.
    lines: Vec<String>,
    footer: String,
    /// A signed checkpoint of every size, as somebody might have kept it.
    notes: Vec<String>,
}

/// The usual story.
pub(crate) fn log(count: u64) -> Export {
    Export::of(&Story { count, ..Story::default() })
}

pub(crate) fn found(export: &Export, options: VerifyOptions) -> (FindingKind, i64, Option<i64>) {
    let finding = told(export.text().as_bytes(), &options).expect_err("the manipulation is not found");
    (finding.kind, finding.seq, finding.through)
}

impl Export {
    pub(crate) fn of(story: &Story) -> Self {
        let mut tree = Frontier::new();
        let mut notes = vec![story.note(&tree)];
        let mut out = ExportWriter::begin(Vec::new(), &story.header()).unwrap();
        for seq in 1..=story.count {
            let login = Text::new(&format!("{}{seq}@corp.example", story.login));
            let line = encode(&envelope(seq as i64), &Event::UserCreated { user: id(seq as u32), login });
            let leaf = leaf_hash(&line);
            tree.append(leaf);
            out.entry(&leaf, &line).unwrap();
            notes.push(story.note(&tree));
            if story.every > 0 && (seq % story.every == 0 || seq == story.count) {
                out.checkpoint(notes.last().unwrap()).unwrap();
            }
        }
        if story.count == 0 {
            out.checkpoint(&notes[0]).unwrap();
        }
        assert_eq!(out.entries(), story.count);
        let text = String::from_utf8(out.finish().unwrap()).unwrap();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let (header, footer) = (lines.remove(0), lines.pop().unwrap());
        Self { header, lines, footer, notes }
    }

    pub(crate) fn text(&self) -> String {
        format!("{}{}{}", self.header, self.lines.concat(), self.footer)
    }

    /// The checkpoint of this size.
    pub(crate) fn note(&self, size: u64) -> String {
        self.notes[size as usize].clone()
    }

    fn place(&self, seq: i64) -> usize {
        let end = format!(",\"seq\":{seq}}}\n");
        self.lines.iter().position(|line| line.ends_with(&end)).unwrap()
    }

    fn place_of_checkpoint(&self, size: i64) -> usize {
        let size = format!("\\n{size}\\n");
        self.lines.iter().position(|line| line.starts_with('{') && line.contains(&size)).unwrap()
    }

    pub(crate) fn line(mut self, seq: i64, change: impl FnOnce(&str) -> String) -> Self {
        let at = self.place(seq);
        self.lines[at] = change(&self.lines[at]);
        self
    }

    /// Changes the entry and leaves its hash.
    pub(crate) fn entry_text(self, seq: i64, change: impl FnOnce(&str) -> String) -> Self {
        self.line(seq, |line| format!("{}{}", &line[..45], change(&line[45..])))
    }

    pub(crate) fn header(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.header = change(&self.header);
        self
    }

    pub(crate) fn without(mut self, seqs: RangeInclusive<i64>) -> Self {
        for seq in seqs {
            self.lines.remove(self.place(seq));
        }
        self
    }

    pub(crate) fn without_checkpoint(mut self, size: i64) -> Self {
        self.lines.remove(self.place_of_checkpoint(size));
        self
    }

    /// Takes one entry out and puts it where the other stands.
    pub(crate) fn moved(mut self, from: i64, to: i64) -> Self {
        let (from, to) = (self.place(from), self.place(to));
        let line = self.lines.remove(from);
        self.lines.insert(to, line);
        self
    }

    /// Copies an entry, with another name in it, to before another.
    pub(crate) fn inserted(mut self, copy: i64, before: i64) -> Self {
        let line = self.lines[self.place(copy)].replacen("alice", "mallory", 1);
        self.lines.insert(self.place(before), line);
        self
    }

    /// A further entry after the last checkpoint.
    pub(crate) fn appended(mut self) -> Self {
        self.lines.push(self.lines[0].clone());
        self
    }

    /// Numbers all entries anew.
    pub(crate) fn renumbered(mut self) -> Self {
        let entries = self.lines.iter_mut().filter(|line| !line.starts_with('{'));
        for (n, line) in entries.enumerate() {
            let at = line.rfind("\"seq\":").unwrap();
            line.truncate(at);
            line.push_str(&format!("\"seq\":{}}}\n", n + 1));
        }
        self
    }

    /// Computes all leaf hashes anew.
    pub(crate) fn rehashed(mut self) -> Self {
        for line in self.lines.iter_mut().filter(|line| !line.starts_with('{')) {
            let hash = base64_hash(&leaf_hash(line[45..].trim_end().as_bytes()));
            line.replace_range(..44, std::str::from_utf8(&hash).unwrap());
        }
        self
    }

    pub(crate) fn with_new_footer(mut self) -> Self {
        let mut frame = Frame::new();
        frame.line(self.header.as_bytes());
        let (checkpoints, entries): (Vec<_>, Vec<_>) =
            self.lines.iter().partition(|line| line.starts_with('{'));
        checkpoints.iter().for_each(|line| frame.line(line.as_bytes()));
        let line = footer_line(entries.len() as u64, checkpoints.len() as u64, &frame.digest());
        self.footer = String::from_utf8(line).unwrap();
        self
    }

    /// Walks the lines with the tree above each checkpoint, and writes every checkpoint anew.
    fn rewritten(mut self, note: impl Fn(&Frontier, &str) -> String) -> Self {
        let mut tree = Frontier::new();
        for line in &mut self.lines {
            if line.starts_with('{') {
                let old: serde_json::Value = serde_json::from_str(line).unwrap();
                *line = String::from_utf8(checkpoint_line(&note(&tree, old["checkpoint"].as_str().unwrap())))
                    .unwrap();
            } else {
                tree.append(leaf_hash(line[45..].trim_end().as_bytes()));
            }
        }
        self.with_new_footer()
    }

    /// All checkpoints signed over what stands there now, by another key.
    pub(crate) fn resigned(self, pen: u8) -> Self {
        self.rewritten(|tree, _| Story { pen, ..Story::default() }.note(tree))
    }

    /// The right roots under the old signatures.
    pub(crate) fn with_patched_checkpoints(self) -> Self {
        self.rewritten(|tree, old| {
            let (_, signatures) = old.split_once("\n\n").unwrap();
            let mut checkpoint = Checkpoint::read_unverified(old).unwrap();
            checkpoint.root = tree.root();
            format!("{}\n{signatures}", checkpoint.body())
        })
    }

    /// Another export's checkpoint in place of the one of this size.
    pub(crate) fn with_checkpoint_of(mut self, other: &Self, size: i64) -> Self {
        let at = self.place_of_checkpoint(size);
        let theirs = other.lines.iter().position(|line| line.starts_with('{') && !self.lines.contains(line));
        let theirs = theirs.unwrap_or_else(|| other.lines.len() - 1);
        self.lines[at] = other.lines[theirs].clone();
        self
    }

    /// Only the checkpoint of this size remains.
    pub(crate) fn clone_with(mut self, size: i64) -> Self {
        let keep = self.lines[self.place_of_checkpoint(size)].clone();
        self.lines.retain(|line| !line.starts_with('{'));
        self.lines.push(keep);
        self
    }
}
