//! How tuples stand in rows: one after another, each sharing with the one before what their texts begin with alike.
//!
//! A record: a byte of flags; object, relation and user, each as the length it shares with the text before it, the
//! length of the rest, and the rest; where there is one, the condition's name and its context as JSON; in parts of the
//! base, when it was written, as the difference to the one before. Numbers are LEB128.

use chancery_rebac::engine::{Change, ChangeRef, Then};
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};

use crate::fault::DbFault;

const DELETED: u8 = 1;
const CONDITIONAL: u8 = 2;
const DATED: u8 = 4;

/// Writes records into one row.
#[derive(Default)]
pub(crate) struct Packer {
    out: Vec<u8>,
    object: String,
    relation: String,
    user: String,
    at: i64,
}

impl Packer {
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A tuple as it stands, and when it was written.
    pub(crate) fn stored(&mut self, tuple: &Tuple, at: i64) -> Result<(), DbFault> {
        self.flags(DATED, tuple.condition.as_ref());
        self.key(&tuple.key);
        self.condition(tuple.condition.as_ref())?;
        let step = at.wrapping_sub(self.at);
        // Small differences of either sign become small numbers.
        number(&mut self.out, ((step << 1) ^ (step >> 63)).cast_unsigned());
        self.at = at;
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), DbFault> {
        match change {
            Change::Write(tuple, _) => {
                self.flags(0, tuple.condition.as_ref());
                self.key(&tuple.key);
                self.condition(tuple.condition.as_ref())
            }
            Change::Delete(key) => {
                self.flags(DELETED, None);
                self.key(key);
                Ok(())
            }
        }
    }

    fn flags(&mut self, flags: u8, condition: Option<&TupleCondition>) {
        self.out.push(if condition.is_some() { flags | CONDITIONAL } else { flags });
    }

    fn key(&mut self, key: &TupleKey) {
        front(&mut self.out, &mut self.object, &key.object);
        front(&mut self.out, &mut self.relation, &key.relation);
        front(&mut self.out, &mut self.user, &key.user);
    }

    fn condition(&mut self, condition: Option<&TupleCondition>) -> Result<(), DbFault> {
        if let Some(TupleCondition { name, context }) = condition {
            text(&mut self.out, name.as_bytes());
            let context = serde_json::to_vec(context)
                .map_err(|e| DbFault::Internal(format!("a context cannot be written: {e}")))?;
            text(&mut self.out, &context);
        }
        Ok(())
    }
}

/// What one write did, as its row holds it.
pub(crate) fn changes(all: &[Change]) -> Result<Vec<u8>, DbFault> {
    let mut packer = Packer::default();
    all.iter().try_for_each(|change| packer.change(change))?;
    Ok(packer.into_bytes())
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What `now` shares with `last`, and the rest; `last` becomes it.
fn front(out: &mut Vec<u8>, last: &mut String, now: &str) {
    let alike = last.bytes().zip(now.bytes()).take_while(|(a, b)| a == b).count();
    let shared = (0..=alike).rev().find(|at| now.is_char_boundary(*at)).unwrap_or(0);
    let rest = now.get(shared..).unwrap_or_default();
    number(out, shared as u64);
    text(out, rest.as_bytes());
    last.truncate(shared);
    last.push_str(rest);
}

/// Reads what [`Packer`] wrote.
#[derive(Default)]
pub(crate) struct Unpacker<'b> {
    rest: &'b [u8],
    object: String,
    relation: String,
    user: String,
    condition: Option<TupleCondition>,
    at: i64,
}

impl<'b> Unpacker<'b> {
    /// `at`: when what carries no time of its own was written.
    pub(crate) fn new(bytes: &'b [u8], at: i64) -> Self {
        Self { rest: bytes, at, ..Self::default() }
    }

    /// The same for a part of the base, where every record has its time.
    pub(crate) fn of_part(bytes: &'b [u8]) -> Self {
        Self::new(bytes, 0)
    }

    fn record(&mut self) -> Option<ChangeRef<'_>> {
        let (flags, rest) = self.rest.split_first()?;
        self.rest = rest;
        unfront(&mut self.rest, &mut self.object)?;
        unfront(&mut self.rest, &mut self.relation)?;
        unfront(&mut self.rest, &mut self.user)?;
        let then = if flags & DELETED != 0 {
            Then::Deleted
        } else {
            self.condition = if flags & CONDITIONAL == 0 { None } else { Some(self.condition()?) };
            if flags & DATED != 0 {
                let folded = read_number(&mut self.rest)?;
                let step = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
                self.at = self.at.wrapping_add(step);
            }
            Then::Written { condition: self.condition.as_ref(), at: self.at }
        };
        Some(ChangeRef { object: &self.object, relation: &self.relation, user: &self.user, then })
    }

    /// Lends each in turn; how many there were.
    pub(crate) fn each(mut self, mut take: impl FnMut(ChangeRef<'_>)) -> Result<usize, DbFault> {
        let mut count = 0;
        while !self.rest.is_empty() {
            take(self.record().ok_or_else(broken)?);
            count += 1;
        }
        Ok(count)
    }

    fn condition(&mut self) -> Option<TupleCondition> {
        let name = str::from_utf8(read_bytes(&mut self.rest)?).ok()?.to_owned();
        let context = serde_json::from_slice(read_bytes(&mut self.rest)?).ok()?;
        Some(TupleCondition { name, context })
    }
}

impl Iterator for Unpacker<'_> {
    type Item = Result<Change, DbFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.record().map(Change::from).ok_or_else(broken);
        if read.is_err() {
            // Nothing behind it can be found.
            self.rest = &[];
        }
        Some(read)
    }
}

fn broken() -> DbFault {
    DbFault::Corrupt { what: "tuples", why: "a record is malformed".into() }
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        n |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

fn read_bytes<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(read_number(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

fn unfront(rest: &mut &[u8], last: &mut String) -> Option<()> {
    let shared = usize::try_from(read_number(rest)?).ok()?;
    if !last.is_char_boundary(shared) {
        return None;
    }
    last.truncate(shared);
    last.push_str(str::from_utf8(read_bytes(rest)?).ok()?);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tuple(object: &str, user: &str, context: Option<serde_json::Value>) -> Tuple {
        let condition = context
            .map(|c| TupleCondition { name: "while_open".into(), context: c.as_object().unwrap().clone() });
        Tuple { key: TupleKey::new(object, "viewer", user), condition }
    }

    fn unpacked(unpacker: Unpacker<'_>) -> Vec<Change> {
        unpacker.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_write_reads_back_as_it_was() {
        let at = 1_790_000_000_000_000;
        let all = vec![
            Change::Write(tuple("doc:straße-1", "user:anne", None), at),
            // It shares half a letter with the one before, and none of it may be cut.
            Change::Write(
                tuple("doc:stra\u{e9}e-1", "user:anna", Some(json!({ "n": [1, "x"], "ß": null }))),
                at,
            ),
            Change::Delete(TupleKey::new("doc:2", "owner", "group:g#member")),
            Change::Write(tuple("doc:2", "user:*", Some(json!({}))), at),
        ];
        assert_eq!(unpacked(Unpacker::new(&changes(&all).unwrap(), at)), all);
    }

    #[test]
    fn a_part_keeps_when_each_was_written() {
        let mut packer = Packer::default();
        let times = [i64::MAX, 5, i64::MIN, -1, 0];
        for at in times {
            packer.stored(&tuple("doc:1", "user:a", None), at).unwrap();
        }
        let bytes = packer.into_bytes();
        let read = unpacked(Unpacker::of_part(&bytes)).into_iter().map(|change| match change {
            Change::Write(_, at) => at,
            Change::Delete(key) => panic!("{key}"),
        });
        assert_eq!(read.collect::<Vec<_>>(), times);
    }

    #[test]
    fn neighbours_cost_little() {
        let mut packer = Packer::default();
        for n in 0..1_000 {
            packer
                .stored(&tuple(&format!("document:{n:06}"), &format!("user:{:05}", n % 7), None), n)
                .unwrap();
        }
        assert!(packer.len() < 20_000, "{}", packer.len());
    }

    #[test]
    fn what_is_cut_off_or_spoilt_is_noticed() {
        let whole = changes(&[Change::Write(tuple("doc:1", "user:a", Some(json!({ "a": 1 }))), 0)]).unwrap();
        for end in 1..whole.len() {
            assert!(Unpacker::new(&whole[..end], 0).any(|r| r.is_err()), "{end}");
        }
        let endless = [0u8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(Unpacker::new(&endless, 0).any(|r| r.is_err()));
    }
}
