//! Checkpoints (C2SP tlog-checkpoint): a log's size and root at a time, as a signed note. Whoever keeps one can show
//! later that the log was rewound or rewritten.

use chancery_kernel::{OrgId, Timestamp};

use crate::merkle::Hash;
use crate::note::{self, Judgment, Note};

pub use crate::note::{BadKey, NoteSigner, SignFault, VerifierKey};

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: see [`origin`].
    pub origin: String,
    /// How many entries.
    pub size: u64,
    pub root: Hash,
    /// When it was signed, in an extension line `at <microseconds>`.
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    #[error("not a checkpoint: expected the lines of a C2SP tlog-checkpoint with at least one signature")]
    Malformed,
    #[error("the checkpoint names the trusted key, and that key did not sign it: its text was changed")]
    Forged,
    #[error("the checkpoint is signed by none of the trusted keys")]
    Stranger,
}

/// The name of an organization's log, unique in the world: the issuer's host and the organization.
pub fn origin(issuer_host: &str, org: OrgId) -> String {
    format!("{issuer_host}/log/{org}")
}

impl Checkpoint {
    /// What is signed: origin, size, root, extensions, each on its line.
    pub fn body(&self) -> String {
        let (root, at) = (note::base64(&self.root), self.at.micros());
        format!("{}\n{}\n{root}\nat {at}\n", self.origin, self.size)
    }

    /// The signed note. While a key is replaced, both keys sign, and holders of either can verify.
    pub fn sign(&self, signers: &[&dyn NoteSigner]) -> Result<String, SignFault> {
        note::sign(&self.body(), signers)
    }

    /// Reads a note without asking who signed it.
    pub fn read_unverified(text: &str) -> Result<Self, BadCheckpoint> {
        let note = Note::parse(text).ok_or(BadCheckpoint::Malformed)?;
        Self::from_body(note.text).ok_or(BadCheckpoint::Malformed)
    }

    /// Reads a note that one of these keys signed.
    pub fn open(text: &str, keys: &[VerifierKey]) -> Result<Self, BadCheckpoint> {
        Self::open_by(text, keys).map(|(checkpoint, _)| checkpoint)
    }

    /// As [`Self::open`], and says which of the keys it was.
    pub(crate) fn open_by(text: &str, keys: &[VerifierKey]) -> Result<(Self, usize), BadCheckpoint> {
        let note = Note::parse(text).ok_or(BadCheckpoint::Malformed)?;
        let checkpoint = Self::from_body(note.text).ok_or(BadCheckpoint::Malformed)?;
        match note.judge(keys) {
            Judgment::Signed(at) => Ok((checkpoint, at)),
            Judgment::Forged => Err(BadCheckpoint::Forged),
            Judgment::Stranger => Err(BadCheckpoint::Stranger),
        }
    }

    fn from_body(body: &str) -> Option<Self> {
        let mut lines = body.lines();
        let checkpoint = Self {
            origin: lines.next().filter(|origin| !origin.is_empty())?.to_owned(),
            size: lines.next()?.parse().ok()?,
            root: note::unbase64(lines.next()?)?.try_into().ok()?,
            at: Timestamp::from_micros(lines.next()?.strip_prefix("at ")?.parse().ok()?),
        };
        // Refuses leading zeros, plus signs and further lines: one content, one spelling.
        (checkpoint.body() == body).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Pen;

    /// The example of C2SP signed-note: a verifier key in the Go checksum database's tests.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const QUOTED: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn checkpoint() -> Checkpoint {
        let at = Timestamp::from_micros(1_790_000_000_000_000);
        Checkpoint { origin: "id.example/log/org_x".into(), size: 12, root: [7; 32], at }
    }

    #[test]
    fn reads_a_published_verifier_key_and_the_note_it_signed() {
        let key: VerifierKey = PETER.parse().unwrap();
        assert_eq!(key.to_string(), PETER);
        assert_eq!(Note::parse(QUOTED).unwrap().judge(&[key]), Judgment::Signed(0));
    }

    #[test]
    fn writes_the_lines_of_a_tlog_checkpoint() {
        let note = checkpoint().sign(&[&Pen::new("id.example", 1)]).unwrap();
        let body =
            "id.example/log/org_x\n12\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nat 1790000000000000\n";
        assert!(note.starts_with(&format!("{body}\n\u{2014} id.example ")), "{note}");
        assert_eq!(Checkpoint::read_unverified(&note), Ok(checkpoint()));
    }

    #[test]
    fn tells_a_changed_text_from_a_strange_key() {
        let (ours, theirs) = (Pen::new("id.example", 1), Pen::new("id.example", 2));
        let keys = [ours.key()];
        let note = checkpoint().sign(&[&ours]).unwrap();
        assert_eq!(Checkpoint::open(&note, &keys), Ok(checkpoint()));
        let changed = note.replacen("\n12\n", "\n13\n", 1);
        assert_eq!(Checkpoint::open(&changed, &keys), Err(BadCheckpoint::Forged));
        let strange = checkpoint().sign(&[&theirs]).unwrap();
        assert_eq!(Checkpoint::open(&strange, &keys), Err(BadCheckpoint::Stranger));
    }

    #[test]
    fn while_a_key_is_replaced_holders_of_either_can_verify() {
        let (old, new) = (Pen::new("id.example", 1), Pen::new("id.example", 2));
        let note = checkpoint().sign(&[&old, &new]).unwrap();
        for pen in [&old, &new] {
            assert!(Checkpoint::open(&note, &[pen.key()]).is_ok());
        }
    }

    #[test]
    fn refuses_second_spellings() {
        let note = checkpoint().sign(&[&Pen::new("id.example", 1)]).unwrap();
        for (from, to) in [("\n12\n", "\n012\n"), ("\n12\n", "\n+12\n"), ("at 1", "at +1"), ("\nat", "\n at")]
        {
            assert_eq!(
                Checkpoint::read_unverified(&note.replacen(from, to, 1)),
                Err(BadCheckpoint::Malformed)
            );
        }
        assert!("a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse::<VerifierKey>().is_err());
        assert!(PETER.replace("c74f", "c74e").parse::<VerifierKey>().is_err());
    }
}
