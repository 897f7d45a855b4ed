//! What every list and every change of a record has in common.

use std::sync::Arc;

use chancery_audit::Text;
use chancery_context::Cx;
use chancery_kernel::{Fault, Outcome, Page, PageRequest};
use chancery_store::tables::nouns::Kept;
use chancery_store::{Hot, Tx};

/// One page of the caller's organization.
pub(crate) fn page<N: Kept>(
    cx: &Cx,
    request: &PageRequest,
    keep: impl Fn(&Hot, &N) -> bool,
) -> Outcome<Page<Arc<N>>>
where
    N::Id: std::str::FromStr,
{
    let hot = cx.db().hot();
    N::shelf(&hot).page(cx.org, request, |record| keep(&hot, record)).ok_or_else(|| {
        Fault::invalid("bad_cursor", "this is no cursor of this list: begin without one, then follow `next`")
    })
}

/// Whether a filter lets this value through: one that is not set lets everything.
pub(crate) fn wanted<T: PartialEq>(filter: Option<&T>, value: &T) -> bool {
    filter.is_none_or(|wanted| wanted == value)
}

/// The record of this id in the caller's organization.
pub(crate) fn find<N: Kept>(cx: &Cx, id: N::Id) -> Outcome<Arc<N>> {
    N::shelf(&cx.db().hot()).find(cx.org, id).cloned().ok_or_else(|| Fault::not_found(N::NOUN))
}

/// The record as it stands, unless the caller has read another version of it (`If-Match`).
pub(crate) fn at<N: Kept>(tx: &Tx<'_>, id: N::Id, expected: Option<i64>) -> Outcome<Arc<N>> {
    let record = tx.get::<N>(id)?;
    if expected.is_some_and(|version| version != record.meta().version) {
        return Err(Fault::stale(N::NOUN));
    }
    Ok(record)
}

/// A record that another one refers to. Unknown and foreign look the same.
pub(crate) fn referred<N: Kept>(tx: &Tx<'_>, id: N::Id) -> Outcome<Arc<N>> {
    tx.find::<N>(id).ok_or_else(|| {
        Fault::invalid(
            "unknown_reference",
            format!("{id} is no {} of your organization: name one that is", N::NOUN),
        )
    })
}

/// Which fields a change touches, as its event names them.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<&'static str>);

impl Changes {
    /// Puts the new value where there is one and it is another.
    pub fn set<T: PartialEq>(&mut self, field: &'static str, slot: &mut T, new: Option<T>) {
        if let Some(new) = new.filter(|new| new != slot) {
            *slot = new;
            self.0.push(field);
        }
    }

    pub fn has(&self, field: &str) -> bool {
        self.0.contains(&field)
    }

    pub fn names(&self) -> Vec<Text> {
        self.0.iter().map(|field| Text::new(field)).collect()
    }

    /// Writes the record, if anything changed.
    pub fn write<N: Kept>(&self, tx: &mut Tx<'_>, before: Arc<N>, after: N) -> Outcome<Arc<N>> {
        if self.0.is_empty() { Ok(before) } else { tx.update(after) }
    }
}
