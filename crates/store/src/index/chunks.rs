//! Rows of the query index as they are put together: of what was gathered, or of the rows of smaller parts.

use std::collections::VecDeque;

use crate::tables::postings::{CHUNK, Part, Row, Term};

/// The rows of a part, of mentions sorted by term and position.
pub(super) fn of_mentions(part: Part, mentions: &[(Term, i64)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for same in mentions.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((term, _)) = same.first() else { continue };
        for chunk in same.chunks(CHUNK) {
            let seqs = chunk.iter().map(|(_, seq)| *seq).collect();
            rows.push(Row { no: part.no, part: part.part, term: term.bytes(), seqs });
        }
    }
    rows
}

/// A part that is merged into a larger one, read a page at a time.
pub(super) struct Reading {
    pub part: Part,
    pub page: VecDeque<Row>,
    /// The last row read.
    pub after: (Vec<u8>, i64),
    pub ended: bool,
}

impl Reading {
    pub(super) fn new(part: Part) -> Self {
        Self { part, page: VecDeque::new(), after: (Vec::new(), 0), ended: false }
    }

    pub(super) fn wants_more(&self) -> bool {
        self.page.is_empty() && !self.ended
    }

    /// The next page; an empty one is the last.
    pub(super) fn take(&mut self, rows: Vec<Row>) {
        match rows.last() {
            Some(last) => self.after = (last.term.clone(), last.seqs.first().copied().unwrap_or(0)),
            None => self.ended = true,
        }
        self.page.extend(rows);
    }
}

/// Joins the chunks of the parts, which come oldest first, into those of the part that takes their place.
pub(super) struct Merging {
    pub into: Part,
    pub from: Vec<Reading>,
    open: Option<Row>,
}

impl Merging {
    pub(super) fn new(into: Part, from: &[Part]) -> Self {
        Self { into, from: from.iter().copied().map(Reading::new).collect(), open: None }
    }

    /// Whether everything has been read and joined.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_none() && self.from.iter().all(|reading| reading.ended && reading.page.is_empty())
    }

    /// The rows that can be made of the pages at hand: until one of them is used up, or the end.
    pub(super) fn rows(&mut self) -> Vec<Row> {
        let mut done = Vec::new();
        while !self.from.iter().any(Reading::wants_more) {
            // Of one term the oldest part's chunks come first, and their positions are below all later ones'.
            let next = self.from.iter_mut().filter(|reading| !reading.page.is_empty());
            let next = next.min_by(|a, b| term(a).cmp(&term(b)));
            let Some(row) = next.and_then(|reading| reading.page.pop_front()) else {
                done.extend(self.open.take());
                break;
            };
            self.add(row, &mut done);
        }
        done
    }

    fn add(&mut self, row: Row, done: &mut Vec<Row>) {
        let row = Row { part: self.into.part, ..row };
        match &mut self.open {
            Some(open) if open.term == row.term => open.seqs.extend(row.seqs),
            open => done.extend(open.replace(row)),
        }
        if let Some(open) = &mut self.open {
            while open.seqs.len() > CHUNK {
                let rest = open.seqs.split_off(CHUNK);
                done.push(Row { seqs: std::mem::replace(&mut open.seqs, rest), ..open.clone() });
            }
        }
    }
}

fn term(reading: &Reading) -> Option<&[u8]> {
    reading.page.front().map(|row| row.term.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(part: i64, first: i64, last: i64) -> Part {
        Part { no: 1, part, first, last }
    }

    proptest! {
        /// Parts that are merged have the rows that one part would have had from the beginning.
        #[test]
        fn merged_parts_are_what_one_part_would_be(
            kinds in prop::collection::vec(0u16..6, 1..4_000),
            ends in prop::collection::vec(1usize..4_000, 0..5),
            page in 1usize..9,
        ) {
            let mentions = |from: usize, to: usize| {
                let some = kinds.iter().enumerate().take(to).skip(from);
                let mut all: Vec<(Term, i64)> = some.map(|(at, kind)| (Term::Kind(*kind), at as i64 + 1)).collect();
                all.sort_unstable();
                all
            };
            let mut ends: Vec<usize> = ends.into_iter().filter(|end| *end < kinds.len()).collect();
            ends.push(kinds.len());
            ends.sort_unstable();
            ends.dedup();
            let (mut from, mut parts) = (0, Vec::new());
            for (n, end) in ends.iter().enumerate() {
                let part = part(n as i64 + 1, from as i64 + 1, *end as i64);
                parts.push((part, of_mentions(part, &mentions(from, *end))));
                from = *end;
            }
            let whole = part(9, 1, kinds.len() as i64);
            let mut merging = Merging::new(whole, &parts.iter().map(|(part, _)| *part).collect::<Vec<_>>());
            let mut merged = Vec::new();
            while !merging.is_over() {
                for (reading, (_, rows)) in merging.from.iter_mut().zip(&mut parts) {
                    if reading.wants_more() {
                        let some = rows.drain(..page.min(rows.len())).collect();
                        reading.take(some);
                    }
                }
                merged.extend(merging.rows());
            }
            prop_assert_eq!(merged, of_mentions(whole, &mentions(0, kinds.len())));
        }
    }
}
