//! Answers, as far as a load generator looks at them: status, length, body.

use anyhow::{Context, bail};

/// An answer that has come whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// Reads an answer, or nothing while bytes of it are missing. Answers of known length only: the server sends no
/// others to these requests.
pub fn read(bytes: &[u8]) -> anyhow::Result<Option<Answer<'_>>> {
    let Some((head, rest)) = head(bytes) else { return Ok(None) };
    let status =
        head.get(9..12).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| code.parse().ok());
    let status = status.context("no status line")?;
    let Some(length) = head.split(|byte| *byte == b'\n').find_map(length) else {
        bail!("an answer without content-length: {}", String::from_utf8_lossy(head))
    };
    Ok(rest.get(..length).map(|body| Answer { status, body }))
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
        assert_eq!(read(WHOLE).unwrap(), Some(Answer { status: 200, body: b"hello" }));
    }

    #[test]
    fn an_answer_of_unknown_length_is_refused() {
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
