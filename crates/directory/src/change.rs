//! What every list and every change of a record has in common.

use std::sync::Arc;

use chancery_audit::Text;
use chancery_context::Cx;
use chancery_kernel::{Fault, Outcome, Page, PageRequest};
use chancery_store::tables::nouns::Kept;
use chancery_store::{Hot, Tx};
use serde::Serialize;
use serde_json::Value;

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

/// Which fields a change touches, as its event names them, and what the telling ones were and are.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    names: Vec<&'static str>,
    values: Vec<Text>,
}

/// Most values an event tells of one change: one that touches more says which fields all the same.
const MOST_VALUES: usize = 60;

impl Changes {
    /// Puts the new value where there is one and it is another.
    pub fn set<T: PartialEq>(&mut self, field: &'static str, slot: &mut T, new: Option<T>) {
        if let Some(new) = new.filter(|new| new != slot) {
            *slot = new;
            self.names.push(field);
        }
    }

    /// The same for what security rests on: the event says what it was and what it is.
    pub fn tell<T: PartialEq + Serialize>(&mut self, field: &'static str, slot: &mut T, new: Option<T>) {
        self.tell_as(field, slot, new, |value| items(value));
    }

    /// The same for what is told item by item in words of its own.
    pub fn tell_as<T: PartialEq>(
        &mut self,
        field: &'static str,
        slot: &mut T,
        new: Option<T>,
        words: impl Fn(&T) -> Vec<String>,
    ) {
        let was = words(slot);
        self.set(field, slot, new);
        let is = words(slot);
        let gone = was.iter().filter(|item| !is.contains(item)).map(|item| format!("{field} - {item}"));
        let come = is.iter().filter(|item| !was.contains(item)).map(|item| format!("{field} + {item}"));
        let room = MOST_VALUES.saturating_sub(self.values.len());
        self.values.extend(gone.chain(come).take(room).map(|text| Text::new(&text)));
    }

    pub fn has(&self, field: &str) -> bool {
        self.names.contains(&field)
    }

    pub fn names(&self) -> Vec<Text> {
        self.names.iter().map(|field| Text::new(field)).collect()
    }

    /// What was (`field - value`) and what is (`field + value`).
    pub fn values(&self) -> Option<Vec<Text>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// Writes the record, if anything changed.
    pub fn write<N: Kept>(&self, tx: &mut Tx<'_>, before: Arc<N>, after: N) -> Outcome<Arc<N>> {
        if self.names.is_empty() { Ok(before) } else { tx.update(after) }
    }
}

/// A value in words; a list item by item, and nothing for what is absent.
pub(crate) fn items(value: &impl Serialize) -> Vec<String> {
    let word = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match serde_json::to_value(value).unwrap_or_default() {
        Value::Null => Vec::new(),
        Value::Array(list) => list.into_iter().map(word).collect(),
        other => vec![word(other)],
    }
}
