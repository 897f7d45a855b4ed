//! Signed notes (C2SP signed-note): a text, a blank line, and lines of signatures that name their keys.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::merkle::sha256;

/// C2SP signed-note "Signature types": Ed25519.
const ED25519_TYPE: u8 = 0x01;
/// Begins a signature line: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Signs notes; the key itself stays where it is.
pub trait NoteSigner {
    /// The key's name: not empty, without spaces and plus signs.
    fn name(&self) -> &str;
    /// The Ed25519 public key.
    fn public_key(&self) -> [u8; 32];
    /// The Ed25519 signature over the message.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFault>;
}

/// The signer could not sign.
#[derive(Debug, thiserror::Error)]
#[error("the note could not be signed: {0}")]
pub struct SignFault(#[source] Box<dyn Error + Send + Sync>);

impl SignFault {
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// A public key under its name: `name+<8 hex digits of key hash>+<base64 of type and key>`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a verifier key: expected `<name>+<8 hex digits>+<base64>` of an Ed25519 key, as the console shows it"
)]
pub struct BadKey;

impl VerifierKey {
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, BadKey> {
        let fine =
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        fine.then(|| Self { name: name.to_owned(), key }).ok_or(BadKey)
    }

    pub fn of(signer: &dyn NoteSigner) -> Result<Self, BadKey> {
        Self::new(signer.name(), signer.public_key())
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which key made a signature, with enough digits to find it and too few to trust it.
    pub fn key_hash(&self) -> [u8; 4] {
        let mut input = self.name.clone().into_bytes();
        input.extend_from_slice(&[b'\n', ED25519_TYPE]);
        input.extend_from_slice(&self.key);
        sha256(&input).first_chunk().copied().unwrap_or_default()
    }

    fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519_TYPE];
        typed.extend_from_slice(&self.key);
        write!(f, "{}+{}+{}", self.name, hex(&self.key_hash()), base64(&typed))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;
    fn from_str(text: &str) -> Result<Self, BadKey> {
        // The name holds no plus sign, base 64 may.
        let (name, rest) = text.split_once('+').ok_or(BadKey)?;
        let (_, encoded) = rest.split_once('+').ok_or(BadKey)?;
        let typed = unbase64(encoded).ok_or(BadKey)?;
        let Some((&ED25519_TYPE, key)) = typed.split_first() else { return Err(BadKey) };
        let key = Self::new(name, key.try_into().map_err(|_| BadKey)?)?;
        // Also refuses a key hash that does not belong to the key, and second spellings.
        if key.to_string() == text { Ok(key) } else { Err(BadKey) }
    }
}

/// A note taken apart. Nothing is known of its truth until [`Note::judge`] has been asked.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// What is signed, including its last line end.
    pub text: &'a str,
    signatures: &'a str,
}

/// What a note's signatures say about a set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgment {
    /// One of the keys signed it: its place in the set.
    Signed(usize),
    /// It names one of the keys, and that key did not sign it.
    Forged,
    /// It names none of the keys.
    Stranger,
}

impl<'a> Note<'a> {
    /// Splits at the last blank line (C2SP signed-note "Format").
    pub fn parse(note: &'a str) -> Option<Self> {
        let at = note.rfind("\n\n")?;
        let (text, signatures) = (note.get(..=at)?, note.get(at + 2..)?);
        let shaped = signatures.ends_with('\n') && signatures.lines().all(|line| line.starts_with(DASH));
        let clean = !note.contains(|c: char| c.is_control() && c != '\n');
        (shaped && clean).then_some(Self { text, signatures })
    }

    pub fn judge(&self, keys: &[VerifierKey]) -> Judgment {
        let mut judgment = Judgment::Stranger;
        for (name, hash, signature) in self.signatures.lines().filter_map(signature_line) {
            let named = keys.iter().enumerate().filter(|(_, key)| key.name == name && key.key_hash() == hash);
            for (at, key) in named {
                if key.accepts(self.text.as_bytes(), &signature) {
                    return Judgment::Signed(at);
                }
                judgment = Judgment::Forged;
            }
        }
        judgment
    }
}

fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = unbase64(encoded)?;
    let (hash, signature) = bytes.split_first_chunk::<4>()?;
    Some((name, *hash, signature.to_vec()))
}

/// Puts a signature line under a text, or under a note that has some already.
pub(crate) fn sign(text: &str, signers: &[&dyn NoteSigner]) -> Result<String, SignFault> {
    let mut note = format!("{text}\n");
    for signer in signers {
        let key = VerifierKey::of(*signer).map_err(SignFault::new)?;
        let mut bytes = key.key_hash().to_vec();
        bytes.extend_from_slice(&signer.sign(text.as_bytes())?);
        note.push_str(&format!("{DASH}{} {}\n", key.name, base64(&bytes)));
    }
    Ok(note)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Strict: padding is required and spare bits are zero, so bytes have one spelling.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A hash in base 64, without a string around it.
pub(crate) fn base64_hash(hash: &[u8; 32]) -> [u8; 44] {
    let mut out = [0; 44];
    // 32 bytes fill 44 characters exactly; the encoding cannot fail.
    STANDARD.encode_slice(hash, &mut out).map_or([0; 44], |_| out)
}

/// Whether a text is how [`base64_hash`] writes a hash.
pub(crate) fn is_base64_of(text: &[u8; 44], hash: &[u8; 32]) -> bool {
    *text == base64_hash(hash)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(u32::from(n), 16))
        .collect()
}
