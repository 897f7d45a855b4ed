//! From one version of the graph to the next: changes become edits, and edits new pages.

use std::sync::Arc;

use super::enter::Enter;
use super::graph::{Change, Graph, Inner, Sort};
use super::page::{Page, SLOTS};
use super::radix::Radix;
use super::rebuild::rebuilt;
use super::registry::TypeId;
use super::rows::{Edit, Tally};

/// So many changes are sorted at a time, which bounds the memory that loading takes.
const STRETCH: usize = 1 << 20;

impl Graph {
    /// The graph after these changes, in their order. The work is in proportion to the changes; neither this graph nor any
    /// answer drawn from it changes. A tuple is one key: a write replaces what stood there, deleting what is not there is
    /// nothing. Keys that are no keys are passed over.
    pub fn apply(&self, version: u64, changes: &[Change]) -> Graph {
        let mut enter = Enter::new((*self.inner).clone());
        for stretch in changes.chunks(STRETCH) {
            stretch.iter().for_each(|change| enter.take(change.into()));
            let edits = enter.edits();
            enter.inner.carry(edits);
        }
        Graph { inner: Arc::new(Inner { version, ..enter.inner }) }
    }
}

/// One end of an edit, seen from the other.
#[derive(Clone, Copy)]
struct Far {
    sort: TypeId,
    item: u32,
}

impl Inner {
    /// What is held of a type, made if it was not there, for this version alone.
    pub(super) fn sort_mut(&mut self, sort: TypeId) -> Option<&mut Sort> {
        let (types, registry) = (&mut self.types, &self.registry);
        if types.len() <= sort as usize {
            types.resize_with(sort as usize + 1, || Arc::new(Sort::new(registry)));
        }
        types.get_mut(sort as usize).map(Arc::make_mut)
    }

    /// Carries edits into the pages of both directions.
    pub(super) fn carry(&mut self, mut edits: Vec<Edit>) {
        let event = self.registry.event();
        settle(&mut edits);
        self.turn_into_pages(&edits, true, event);
        for edit in &mut edits {
            self.turn_round(edit);
        }
        edits.sort_unstable_by_key(Edit::place);
        self.turn_into_pages(&edits, false, event);
    }

    /// Carries edits, which are in order, into the pages of one direction.
    fn turn_into_pages(&mut self, edits: &[Edit], forward: bool, event: u64) {
        let page_of = |edit: &Edit| (edit.owner.0, edit.owner.1 as usize / SLOTS);
        for edits in edits.chunk_by(|a, b| page_of(a) == page_of(b)) {
            let Some((sort, place)) = edits.first().map(page_of) else { continue };
            let Some(sort) = self.sort_mut(sort) else { continue };
            let pages = if forward { &mut sort.forward } else { &mut sort.reverse };
            let tally = rewritten(pages, place, edits, forward);
            if forward && tally.changed() {
                self.len = (self.len + tally.added).saturating_sub(tally.removed);
                self.gone += tally.removed + tally.replaced;
                self.note(edits, event);
            }
        }
    }

    fn note(&mut self, edits: &[Edit], event: u64) {
        let changed = Arc::make_mut(&mut self.changed);
        for edit in edits {
            let class = edit.class as usize;
            if changed.len() <= class {
                changed.resize(class + 1, 0);
            }
            if let Some(last) = changed.get_mut(class) {
                *last = event;
            }
        }
    }

    fn turn_round(&self, edit: &mut Edit) {
        let subject = self.words.class(edit.class).map_or(0, |class| class.subject);
        let far = Far { sort: subject, item: edit.item };
        edit.item = edit.owner.1;
        edit.owner = (far.sort, far.item);
    }
}

/// In order, with only the last edit of each tuple.
fn settle(edits: &mut Vec<Edit>) {
    edits.sort_unstable_by_key(|edit| (edit.place(), std::cmp::Reverse(edit.turn)));
    edits.dedup_by_key(|edit| edit.place());
}

fn rewritten(pages: &mut Radix<Page>, place: usize, edits: &[Edit], forward: bool) -> Tally {
    let mut tally = Tally::default();
    let new = match pages.get(place) {
        None if edits.iter().all(|edit| edit.row.is_none()) => return tally,
        page => rebuilt(page.unwrap_or(&Page::Empty), edits, forward, &mut tally),
    };
    if tally.changed() {
        *pages.at_mut(place) = new;
    }
    tally
}
