//! Authenticator data (§6.1): whose, how the person took part, how often the key was used, and the key where it is new.

use super::cbor::{self, Value};
use super::client_data::sha256;
use super::cose::Key;
use super::{Expect, LONGEST_ID, Refusal};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;

pub struct Data<'a> {
    /// The person proved to the device that it is they.
    pub verified: bool,
    /// May be carried to other devices.
    pub portable: bool,
    pub counter: u32,
    pub credential: Option<Credential<'a>>,
}

/// A key that was made just now (§6.5.1).
pub struct Credential<'a> {
    pub id: &'a [u8],
    /// COSE, byte for byte.
    pub public: &'a [u8],
    pub key: Key,
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Refusal::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<u32, Refusal> {
        Ok(self.take(width)?.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)))
    }
}

/// Reads it, and refuses what is for another party or was made with nobody there.
pub fn read<'a>(bytes: &'a [u8], expect: &Expect<'_>) -> Result<Data<'a>, Refusal> {
    let mut reader = Reader(bytes);
    if reader.take(32)? != sha256(expect.rp_id.as_bytes())? {
        return Err(Refusal::WrongParty);
    }
    let flags = u8::try_from(reader.number(1)?).map_err(|_| Refusal::Malformed)?;
    let counter = reader.number(4)?;
    let has = |flag| flags & flag != 0;
    if !has(PRESENT) {
        return Err(Refusal::NotPresent);
    }
    // §6.1.3: what cannot be backed up is not backed up.
    if has(BACKED_UP) && !has(BACKUP_ELIGIBLE) {
        return Err(Refusal::Malformed);
    }
    let credential = if has(ATTESTED) { Some(credential(&mut reader)?) } else { None };
    if has(EXTENDED) {
        let (extensions, rest) = cbor::read(reader.0)?;
        if !matches!(extensions, Value::Map(_)) {
            return Err(Refusal::Malformed);
        }
        reader.0 = rest;
    }
    if !reader.0.is_empty() {
        return Err(Refusal::Malformed);
    }
    Ok(Data { verified: has(VERIFIED), portable: has(BACKUP_ELIGIBLE), counter, credential })
}

fn credential<'a>(reader: &mut Reader<'a>) -> Result<Credential<'a>, Refusal> {
    let _model = reader.take(16)?;
    let length = usize::try_from(reader.number(2)?).map_err(|_| Refusal::Malformed)?;
    if length == 0 || length > LONGEST_ID {
        return Err(Refusal::Malformed);
    }
    let id = reader.take(length)?;
    let before = reader.0;
    let (value, rest) = cbor::read(before)?;
    let public = before.get(..before.len() - rest.len()).ok_or(Refusal::Malformed)?;
    reader.0 = rest;
    Ok(Credential { id, public, key: Key::read(&value)? })
}
