//! Server-sent events (WHATWG HTML §9.2.6), as much of them as the feed needs: `event` and `data`.

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub name: String,
    pub data: String,
}

/// The stream sent more than [`Reader::LONGEST`] bytes without finishing an event.
#[derive(Debug, thiserror::Error)]
#[error("an event of the feed is too long")]
pub(crate) struct TooLong;

/// Cuts a byte stream into events.
#[derive(Default)]
pub(crate) struct Reader {
    line: Vec<u8>,
    name: String,
    data: String,
}

impl Reader {
    const LONGEST: usize = 16 * 1024 * 1024;

    /// Takes the next bytes and returns the events they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = lines.next() {
            if self.line.len() + self.data.len() + piece.len() > Self::LONGEST {
                return Err(TooLong);
            }
            self.line.extend_from_slice(piece);
            // The last piece has no line end yet.
            if lines.peek().is_some() {
                events.extend(self.end_line());
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            let event = Event { name: std::mem::take(&mut self.name), data: std::mem::take(&mut self.data) };
            return (!event.data.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_the_bytes_arrive() {
        let text = b": hello\r\nevent: beat\r\ndata: abc\r\n\r\nevent:marks\ndata:d\ndata: e\nid: 4\n\n\n\nevent: beat\n";
        for size in [1, 2, 7, 500] {
            let mut reader = Reader::default();
            let events: Vec<_> = text.chunks(size).flat_map(|bytes| reader.push(bytes).unwrap()).collect();
            let seen: Vec<_> =
                events.iter().map(|event| (event.name.as_str(), event.data.as_str())).collect();
            assert_eq!(seen, [("beat", "abc"), ("marks", "d\ne")]);
        }
    }

    #[test]
    fn a_line_without_end_is_cut_off() {
        let mut reader = Reader::default();
        let megabyte = vec![b'a'; 1024 * 1024];
        assert!((0..17).any(|_| reader.push(&megabyte).is_err()));
    }
}
