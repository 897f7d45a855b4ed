//! Takes the lines of an export apart, reading no more of them than verification needs.

use crate::export::{ExportHeader, FORMAT, checkpoint_line};
use crate::fields::Fact;
use crate::json::{Json, find};

/// Characters of a leaf hash in base 64.
pub(crate) const HASH: usize = 44;

pub(crate) enum Line {
    Entry,
    Checkpoint,
    Footer,
    Unknown,
}

/// What a line is, by how it begins; every leaf hash begins with a character that no other line begins with.
pub(crate) fn classify(line: &[u8]) -> Line {
    match line {
        [b'{', ..] if line.starts_with(b"{\"checkpoint\":") => Line::Checkpoint,
        [b'{', ..] if line.starts_with(b"{\"checkpoints\":") => Line::Footer,
        [b'{', ..] => Line::Unknown,
        _ => Line::Entry,
    }
}

/// The number of an entry line, from its end: members are sorted, so `seq` is the last (RFC 8785 §3.2.3).
pub(crate) fn seq(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n").unwrap_or(line).strip_suffix(b"}")?;
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, digits) = line.split_at_checked(line.len() - digits)?;
    let canonical = !digits.is_empty() && digits.len() <= 16 && !digits.starts_with(b"0");
    let named = rest.ends_with(b",\"seq\":");
    let value = || digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    (canonical && named).then(value)
}

/// The first line, strictly: it is written again and compared.
pub(crate) fn header(line: &[u8]) -> Option<ExportHeader> {
    let json: Json = serde_json::from_slice(line).ok()?;
    let members = json.object()?;
    let keys = find(members, "keys")?.list()?;
    let keys = keys.iter().map(|key| key.text()?.parse().ok()).collect::<Option<Vec<_>>>()?;
    let header = ExportHeader {
        origin: find(members, "origin")?.text()?.to_owned(),
        org: Fact::read(find(members, "org"))?,
        keys,
        exported_at: Fact::read(find(members, "exported_at"))?,
    };
    (header.line() == line).then_some(header)
}

/// The version a header claims, where it is not ours: for a better sentence.
pub(crate) fn other_format(line: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(line).ok()?;
    json.member("format")?.text().filter(|format| *format != FORMAT).map(str::to_owned)
}

/// The note of a checkpoint line, strictly.
pub(crate) fn checkpoint(line: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(line).ok()?;
    let note = json.member("checkpoint")?.text()?;
    (checkpoint_line(note) == line).then(|| note.to_owned())
}

/// How many entries a footer counts.
pub(crate) fn footer_entries(line: &[u8]) -> Option<u64> {
    let json: Json = serde_json::from_slice(line).ok()?;
    json.member("entries")?.integer()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_number_at_the_end_and_nowhere_else() {
        assert_eq!(seq(b"{\"a\":1,\"seq\":42}\n"), Some(42));
        assert_eq!(seq(b"{\"a\":1,\"seq\":42}"), Some(42));
        for other in [
            "{\"a\":{\"b\":1,\"seq\":42}}",
            "{\"a\":1,\"seq\":042}",
            "{\"a\":1,\"seq\":99999999999999999999999}",
            "{\"a\":1,\"seq\":}",
            "{\"aseq\":4}",
            "",
        ] {
            assert_eq!(seq(other.as_bytes()), None, "{other}");
        }
    }
}
