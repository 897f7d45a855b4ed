//! The export of a log, format `chancery-log-v1`: one stream of lines that can be verified without us.
//!
//! ```text
//! {"exported_at":…,"first_seq":1,"format":"chancery-log-v1","keys":[…],"org":"org_…","origin":"…"}
//! <leaf hash> {"actor":…,"at":…,"data":{…},…,"seq":1}
//! <leaf hash> {"actor":…,"at":…,"data":{…},…,"seq":2}
//! {"checkpoint":"<signed note>"}
//! …
//! {"checkpoint":"<signed note over everything above>"}
//! {"checkpoints":…,"digest":"…","entries":…,"format":"chancery-log-v1"}
//! ```
//!
//! A checkpoint stands right after the last entry it covers. So an attacker who recomputes every leaf hash still
//! cannot move the damage out of the stretch between two checkpoints. The digest of the footer covers the header and
//! the checkpoint lines, which no leaf hash does.

use std::io::{self, Write};

use chancery_kernel::{OrgId, Timestamp};

use crate::canon::Canon;
use crate::fields::sealed::Written;
use crate::merkle::Hash;
use crate::note::{VerifierKey, base64_hash};

/// Name and version of the format.
pub const FORMAT: &str = "chancery-log-v1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportHeader {
    /// See [`crate::checkpoint::origin`].
    pub origin: String,
    pub org: OrgId,
    /// The keys that signed the checkpoints. Trust in them has to come from elsewhere.
    pub keys: Vec<VerifierKey>,
    pub exported_at: Timestamp,
}

impl ExportHeader {
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut out = Canon::with_capacity(512);
        out.byte(b'{');
        out.name("exported_at");
        self.exported_at.write(&mut out);
        out.name("first_seq");
        out.integer(1);
        out.name("format");
        out.text(FORMAT);
        out.name("keys");
        out.byte(b'[');
        for key in &self.keys {
            out.separate();
            out.text(&key.to_string());
        }
        out.byte(b']');
        out.name("org");
        self.org.write(&mut out);
        out.name("origin");
        out.text(&self.origin);
        out.byte(b'}');
        out.byte(b'\n');
        out.finish()
    }
}

pub(crate) fn checkpoint_line(note: &str) -> Vec<u8> {
    let mut out = Canon::with_capacity(512);
    out.byte(b'{');
    out.name("checkpoint");
    out.text(note);
    out.byte(b'}');
    out.byte(b'\n');
    out.finish()
}

pub(crate) fn footer_line(entries: u64, checkpoints: u64, frame: &Hash) -> Vec<u8> {
    let mut out = Canon::with_capacity(192);
    out.byte(b'{');
    out.name("checkpoints");
    out.integer(i64::try_from(checkpoints).unwrap_or(i64::MAX));
    out.name("digest");
    out.base64(frame);
    out.name("entries");
    out.integer(i64::try_from(entries).unwrap_or(i64::MAX));
    out.name("format");
    out.text(FORMAT);
    out.byte(b'}');
    out.byte(b'\n');
    out.finish()
}

/// The digest over the lines that are not entries, as they pass.
pub(crate) struct Frame(aws_lc_rs::digest::Context);

impl Frame {
    pub(crate) fn new() -> Self {
        Self(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256))
    }

    pub(crate) fn line(&mut self, line: &[u8]) {
        self.0.update(line);
    }

    pub(crate) fn digest(&self) -> Hash {
        self.0.clone().finish().as_ref().try_into().unwrap_or([0; 32])
    }
}

/// Writes an export, line by line. The caller reads the log in order and says where checkpoints stand.
pub struct ExportWriter<W: Write> {
    out: W,
    frame: Frame,
    entries: u64,
    checkpoints: u64,
}

impl<W: Write> ExportWriter<W> {
    pub fn begin(mut out: W, header: &ExportHeader) -> io::Result<Self> {
        let line = header.line();
        let mut frame = Frame::new();
        frame.line(&line);
        out.write_all(&line)?;
        Ok(Self { out, frame, entries: 0, checkpoints: 0 })
    }

    /// The next entry, with the leaf hash as it is stored: recomputing it here would hide which entry was changed.
    pub fn entry(&mut self, leaf: &Hash, line: &[u8]) -> io::Result<()> {
        if line.contains(&b'\n') {
            let reason = "an entry with a line end in it is not canonical and cannot be exported";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        self.entries += 1;
        self.out.write_all(&base64_hash(leaf))?;
        self.out.write_all(b" ")?;
        self.out.write_all(line)?;
        self.out.write_all(b"\n")
    }

    /// A checkpoint over exactly the entries written so far. The last one has to cover them all.
    pub fn checkpoint(&mut self, note: &str) -> io::Result<()> {
        let line = checkpoint_line(note);
        self.frame.line(&line);
        self.checkpoints += 1;
        self.out.write_all(&line)
    }

    /// How many entries have been written.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&footer_line(self.entries, self.checkpoints, &self.frame.digest()))?;
        self.out.flush()?;
        Ok(self.out)
    }
}
