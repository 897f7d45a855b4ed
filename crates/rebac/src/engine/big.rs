//! A list of neighbours that is too long for its page: sorted pieces of about a thousand, of which a change copies one.

use std::sync::Arc;

use super::rows::{Edit, PLAIN, Row, Tally, merged};

const PIECE: usize = 512;

#[derive(Clone, Default)]
pub(super) struct Big {
    firsts: Vec<u32>,
    pieces: Vec<Piece>,
    len: usize,
}

/// Items in order; beside them whatever else a row has, where it has it.
#[derive(Clone)]
pub(super) struct Piece {
    items: Arc<[u32]>,
    contexts: Option<Arc<[u32]>>,
    stamps: Option<Arc<[i64]>>,
}

impl Big {
    pub(super) fn of(rows: &[Row], stamped: bool) -> Self {
        let mut big = Self::default();
        big.push(rows, stamped);
        big
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    fn push(&mut self, rows: &[Row], stamped: bool) {
        let pieces = rows.len().div_ceil(PIECE * 2).max(1);
        for rows in rows.chunks(rows.len().div_ceil(pieces).max(1)) {
            self.keep(Piece::of(rows, stamped));
        }
    }

    fn keep(&mut self, piece: Piece) {
        let Some(first) = piece.items.first() else { return };
        self.firsts.push(*first);
        self.len += piece.items.len();
        self.pieces.push(piece);
    }

    /// The same with some edits, which are in order of their items.
    pub(super) fn edited(&self, mut edits: &[Edit], stamped: bool, tally: &mut Tally) -> Self {
        let mut new = Self::default();
        let ends = self.firsts.iter().skip(1).map(|first| Some(*first)).chain([None]);
        for (piece, end) in self.pieces.iter().zip(ends) {
            let mine = end.map_or(edits.len(), |end| edits.partition_point(|edit| edit.item < end));
            let (mine, others) = edits.split_at(mine);
            edits = others;
            if mine.is_empty() {
                new.keep(piece.clone());
            } else {
                new.push(&merged(piece.rows(), mine, tally), stamped);
            }
        }
        new
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.pieces.iter().flat_map(Piece::rows)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The context's number of an item that is there.
    pub(super) fn find(&self, item: u32) -> Option<u32> {
        let (piece, at) = self.position(item)?;
        Some(piece.context(at))
    }

    pub(super) fn stamp(&self, item: u32) -> Option<i64> {
        let (piece, at) = self.position(item)?;
        piece.stamps.as_deref()?.get(at).copied()
    }

    fn position(&self, item: u32) -> Option<(&Piece, usize)> {
        let piece = self.firsts.partition_point(|first| *first <= item).checked_sub(1)?;
        let piece = self.pieces.get(piece)?;
        Some((piece, piece.items.binary_search(&item).ok()?))
    }
}

impl Piece {
    fn of(rows: &[Row], stamped: bool) -> Self {
        let conditional = rows.iter().any(|row| row.context != PLAIN);
        Self {
            items: rows.iter().map(|row| row.item).collect(),
            contexts: conditional.then(|| rows.iter().map(|row| row.context).collect()),
            stamps: stamped.then(|| rows.iter().map(|row| row.stamp).collect()),
        }
    }

    pub(super) fn items(&self) -> &[u32] {
        &self.items
    }

    pub(super) fn contexts(&self) -> &[u32] {
        self.contexts.as_deref().unwrap_or_default()
    }

    fn context(&self, at: usize) -> u32 {
        self.contexts().get(at).copied().unwrap_or(PLAIN)
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        let stamps = self.stamps.as_deref().unwrap_or_default();
        self.items.iter().enumerate().map(move |(at, item)| Row {
            item: *item,
            context: self.context(at),
            stamp: stamps.get(at).copied().unwrap_or_default(),
        })
    }
}
