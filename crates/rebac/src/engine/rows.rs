//! One list of neighbours while it is being changed.

/// Where a tuple has no condition.
pub(super) const PLAIN: u32 = u32::MAX;

/// A neighbour, with the number of the context its condition has, and when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub item: u32,
    pub context: u32,
    pub stamp: i64,
}

/// What becomes of one tuple, seen from one of its ends (the owner).
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit {
    /// Type and number.
    pub owner: (u32, u32),
    pub class: u32,
    pub item: u32,
    /// Its turn: the last one on the same tuple counts.
    pub turn: u32,
    /// Deleted where there is none.
    pub row: Option<(u32, i64)>,
}

impl Edit {
    pub(super) fn place(&self) -> (u32, u32, u32, u32) {
        (self.owner.0, self.owner.1, self.class, self.item)
    }
}

/// How many tuples came and went.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub added: u64,
    pub removed: u64,
    pub replaced: u64,
}

impl Tally {
    pub(super) fn changed(self) -> bool {
        self.added + self.removed + self.replaced > 0
    }
}

/// The list with its edits; both in order of their items.
pub(super) fn merged(old: impl Iterator<Item = Row>, edits: &[Edit], tally: &mut Tally) -> Vec<Row> {
    let mut out = Vec::with_capacity(old.size_hint().0 + edits.len());
    let mut old = old.peekable();
    for edit in edits {
        while let Some(row) = old.next_if(|row| row.item < edit.item) {
            out.push(row);
        }
        let before = old.next_if(|row| row.item == edit.item);
        let after = edit.row.map(|(context, stamp)| Row { item: edit.item, context, stamp });
        match (before, after) {
            (None, Some(_)) => tally.added += 1,
            (Some(_), None) => tally.removed += 1,
            (Some(before), Some(after)) if before != after => tally.replaced += 1,
            _ => {}
        }
        out.extend(after);
    }
    out.extend(old);
    out
}
