//! Answers, as far as a load generator looks at them: status, length, body.

use std::borrow::Cow;

use anyhow::{Context, bail};

/// An answer that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    pub status: u16,
    pub body: Cow<'a, [u8]>,
}

/// What is known of an answer once its head has come.
#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    /// Where the body begins.
    end: usize,
    /// None where the body comes in chunks.
    length: Option<usize>,
}

impl Head {
    /// Of a body of known length or in chunks (RFC 9112 sections 6.2, 7.1); none that lasts until the connection ends.
    fn of(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some((head, _)) = head(bytes) else { return Ok(None) };
        let code = head.get(9..12).and_then(|code| std::str::from_utf8(code).ok());
        let status = code.and_then(|code| code.parse().ok()).context("no status line")?;
        let declared = head.split(|byte| *byte == b'\n').find_map(length);
        let length = declared.or_else(|| (status == 204).then_some(0));
        if length.is_none() && !head.split(|byte| *byte == b'\n').any(in_chunks) {
            bail!("an answer without content-length: {}", String::from_utf8_lossy(head))
        }
        Ok(Some(Self { status, end: head.len(), length }))
    }
}

/// Reads an answer, or nothing while bytes of it are missing.
pub fn read(bytes: &[u8]) -> anyhow::Result<Option<Answer<'_>>> {
    let Some(Head { status, end, length }) = Head::of(bytes)? else { return Ok(None) };
    let rest = bytes.get(end..).unwrap_or_default();
    if let Some(length) = length {
        return Ok(rest.get(..length).map(|body| Answer { status, body: Cow::Borrowed(body) }));
    }
    let mut chunks = Chunks::default();
    Ok(chunks.join(rest)?.then_some(Answer { status, body: Cow::Owned(chunks.body) }))
}

/// Answers that come in on one connection, piece by piece: what was looked at is not looked at again.
#[derive(Default)]
pub struct Coming {
    bytes: Vec<u8>,
    filled: usize,
    head: Option<Head>,
    chunks: Chunks,
}

const ROOM: usize = 16 * 1_024;

impl Coming {
    /// Where the next bytes go.
    pub fn room(&mut self) -> &mut [u8] {
        if self.filled == self.bytes.len() {
            self.bytes.resize((2 * self.filled).max(ROOM), 0);
        }
        self.bytes.get_mut(self.filled..).unwrap_or_default()
    }

    /// So many have come: the answer, if it is whole now.
    pub fn took(&mut self, count: usize) -> anyhow::Result<Option<Answer<'_>>> {
        self.filled += count;
        let bytes = self.bytes.get(..self.filled).unwrap_or_default();
        if self.head.is_none() {
            self.head = Head::of(bytes)?;
        }
        let Some(Head { status, end, length }) = self.head else { return Ok(None) };
        let rest = bytes.get(end..).unwrap_or_default();
        let body = match length {
            Some(length) => rest.get(..length),
            None => self.chunks.join(rest)?.then_some(self.chunks.body.as_slice()),
        };
        Ok(body.map(|body| Answer { status, body: Cow::Borrowed(body) }))
    }

    /// Makes ready for the next; nothing of it can have come, as it was not asked for.
    pub fn clear(&mut self) {
        (self.filled, self.head) = (0, None);
        self.chunks.body.clear();
        self.chunks.at = 0;
    }
}

fn in_chunks(line: &[u8]) -> bool {
    line.to_ascii_lowercase().starts_with(b"transfer-encoding: chunked")
}

/// Chunks without their lengths.
#[derive(Default)]
struct Chunks {
    body: Vec<u8>,
    /// Where the next one begins.
    at: usize,
}

impl Chunks {
    /// Takes over those that have come whole since, and says whether the last is among them.
    fn join(&mut self, bytes: &[u8]) -> anyhow::Result<bool> {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(false) };
            let (size, after) = rest.split_at_checked(end + 1).context("no size")?;
            let size = std::str::from_utf8(size)?.trim();
            let size =
                usize::from_str_radix(size, 16).with_context(|| format!("no size of a chunk: {size:?}"))?;
            let (Some(chunk), Some(_)) = (after.get(..size), after.get(size + 1)) else {
                return Ok(false);
            };
            self.at += end + 1 + size + 2;
            if size == 0 {
                return Ok(true);
            }
            self.body.extend_from_slice(chunk);
        }
    }
}

/// Splits after the empty line.
pub fn head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        // Line ends are few and far between: looking for one byte is what the machine does fastest.
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == b'\r')?;
        if bytes.get(at..at + 4)? == b"\r\n\r\n" {
            return bytes.split_at_checked(at + 4);
        }
        from = at + 1;
    }
}

fn length(line: &[u8]) -> Option<usize> {
    let (name, value) = line.split_at_checked(15)?;
    if !name.eq_ignore_ascii_case(b"content-length:") {
        return None;
    }
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        for cut in 0..WHOLE.len() {
            assert_eq!(read(&WHOLE[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(read(WHOLE).unwrap(), Some(Answer { status: 200, body: Cow::Borrowed(b"hello") }));
    }

    #[test]
    fn an_answer_in_chunks_is_read_when_the_last_has_come() {
        let whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(&*read(whole).unwrap().unwrap().body, b"hello!");
    }

    #[test]
    fn answers_are_read_one_after_the_other_however_they_are_cut() {
        let chunked: &[u8] =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
        let mut coming = Coming::default();
        for cut in 1..chunked.len() {
            for (whole, body) in [(chunked, "hello!"), (WHOLE, "hello")] {
                let mut found = Vec::new();
                for piece in whole.chunks(cut) {
                    coming.room()[..piece.len()].copy_from_slice(piece);
                    found.extend(coming.took(piece.len()).unwrap().map(|answer| answer.body.into_owned()));
                }
                assert_eq!(found, [body.as_bytes()], "{cut}");
                coming.clear();
            }
        }
    }

    #[test]
    fn an_answer_of_unknown_length_is_refused() {
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
