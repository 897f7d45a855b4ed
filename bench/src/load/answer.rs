//! Answers, as far as a load generator looks at them: status, length, body.

use std::borrow::Cow;

use anyhow::{Context, bail};

/// An answer that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    pub status: u16,
    pub body: Cow<'a, [u8]>,
}

/// Reads an answer, or nothing while bytes of it are missing. Of known length or in chunks (RFC 9112 sections 6.2, 7.1);
/// none that lasts until the connection ends.
pub fn read(bytes: &[u8]) -> anyhow::Result<Option<Answer<'_>>> {
    let Some((head, rest)) = head(bytes) else { return Ok(None) };
    let status =
        head.get(9..12).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| code.parse().ok());
    let status = status.context("no status line")?;
    if let Some(length) = head.split(|byte| *byte == b'\n').find_map(length) {
        return Ok(rest.get(..length).map(|body| Answer { status, body: Cow::Borrowed(body) }));
    }
    if status == 204 {
        return Ok(Some(Answer { status, body: Cow::Borrowed(&[]) }));
    }
    if !head.split(|byte| *byte == b'\n').any(in_chunks) {
        bail!("an answer without content-length: {}", String::from_utf8_lossy(head))
    }
    Ok(joined(rest)?.map(|body| Answer { status, body: Cow::Owned(body) }))
}

fn in_chunks(line: &[u8]) -> bool {
    line.to_ascii_lowercase().starts_with(b"transfer-encoding: chunked")
}

/// The chunks without their lengths, once the last has come.
fn joined(mut rest: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let (size, after) = rest.split_at_checked(end + 1).context("no size")?;
        let size = std::str::from_utf8(size)?.trim();
        let size =
            usize::from_str_radix(size, 16).with_context(|| format!("no size of a chunk: {size:?}"))?;
        let (Some(chunk), Some(next)) = (after.get(..size), after.get(size + 2..)) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(chunk);
        rest = next;
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
    fn an_answer_of_unknown_length_is_refused() {
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
