//! An export in blocks of whole lines, large enough that taking one to another thread costs nothing per line.

use std::io::{self, Read};

/// Bytes of a block; it stays in a processor's cache from the reading to the hashing.
pub(super) const BLOCK: usize = 256 << 10;

/// Cuts what it reads into blocks.
pub(super) struct Blocks<R> {
    reader: R,
    size: usize,
    /// The beginning of a line whose end has not been read yet.
    carry: Vec<u8>,
    /// Why reading ended, where it was not the end of the file.
    broken: Option<io::Error>,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) const fn new(reader: R, size: usize) -> Self {
        Self { reader, size, carry: Vec::new(), broken: None, ended: false }
    }

    /// Fills a buffer, whose content is replaced; false at the end. A block ends with a line end, unless the last line
    /// has none or is longer than a block.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> bool {
        block.clear();
        block.append(&mut self.carry);
        if !self.ended {
            let room = self.size.saturating_sub(block.len()).max(1);
            let filled = self.reader.by_ref().take(room as u64).read_to_end(block);
            self.ended = block.len() < self.size;
            if let Err(error) = filled {
                (self.broken, self.ended) = (Some(error), true);
            }
        }
        if let Some(last) = block.iter().rposition(|byte| *byte == b'\n').filter(|_| !self.ended) {
            self.carry.extend_from_slice(block.get(last + 1..).unwrap_or_default());
            block.truncate(last + 1);
        }
        !block.is_empty()
    }

    /// Everything from some bytes on that were read and not used, to the end or the error that reading met.
    pub(super) fn rest(mut self, unused: Vec<u8>) -> impl Read {
        let broken = Broken(self.broken.take());
        let carry = std::mem::take(&mut self.carry);
        io::Cursor::new(unused).chain(io::Cursor::new(carry)).chain(broken).chain(self.reader)
    }
}

/// Says what reading met, once.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_lines_and_together_the_text() {
        let text = "one\ntwo\n\na line longer than any block\nlast\nno end";
        for size in [1, 5, 9, 100] {
            let (mut blocks, mut block, mut read) =
                (Blocks::new(text.as_bytes(), size), Vec::new(), Vec::new());
            while blocks.next(&mut block) {
                read.extend_from_slice(&block);
            }
            assert_eq!(read, text.as_bytes(), "{size}");
        }
        let (mut blocks, mut block) = (Blocks::new(text.as_bytes(), 9), Vec::new());
        assert!(blocks.next(&mut block));
        assert_eq!(block, b"one\ntwo\n\n");
    }

    #[test]
    fn what_was_not_used_is_read_again_and_an_error_stays_one() {
        let mut blocks =
            Blocks::new("one\ntwo\nthr".as_bytes().chain(Broken(Some(io::ErrorKind::Other.into()))), 6);
        let mut block = Vec::new();
        assert!(blocks.next(&mut block));
        assert_eq!(block, b"one\n");
        let mut said = Vec::new();
        assert!(blocks.rest(b"ne\n".to_vec()).read_to_end(&mut said).is_err());
        assert_eq!(said, b"ne\ntwo\nthr");
    }
}
