//! The log of a store's tuples, in the order in which they were written.

use chancery_kernel::{Fault, Outcome, Timestamp};
use chancery_model::Level;
use chancery_rebac::engine::Change;
use chancery_store::tables::relations::{self, Written};

use crate::access::{Asker, Here};
use crate::stores::page_size;
use crate::{Authz, fault, rules, token};

/// What a reading of changes asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only objects of this type.
    pub r#type: String,
    pub page_size: Option<i64>,
    pub continuation_token: String,
    /// From this moment on; a token says more and wins.
    pub start_time: Option<Timestamp>,
}

/// One change, and when it was made.
pub struct Changed {
    pub change: Change,
    pub at: Timestamp,
}

pub struct Page {
    pub here: Here,
    pub changes: Vec<Changed>,
    pub continuation_token: String,
}

/// After so many changes of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    version: u64,
    done: usize,
}

/// Writes read at a time.
const PORTION: i64 = 128;

impl Authz {
    pub async fn read_changes(&self, asker: &Asker, store: &str, wanted: Wanted) -> Outcome<Page> {
        let here = self.enter(asker, store, Level::Read).await?;
        let is_past = wanted.start_time.is_none_or(|start| start <= self.db().env().now());
        rules::changes(&wanted, is_past)?;
        let limit = page_size(wanted.page_size);
        let begin = self.beginning(&here, &wanted).await?;
        let (mut place, mut changes) = (begin, Vec::new());
        while changes.len() < limit {
            let (store, after) =
                (here.store.clone(), place.version.saturating_sub(u64::from(place.done > 0)));
            let writes = self.db().read(move |sql| relations::writes(sql, &store, after, PORTION)).await?;
            if !take(&writes, &mut place, &mut changes, &wanted.r#type, limit) {
                break;
            }
        }
        // Where nothing is new, the same token again.
        let same = place == begin;
        let continuation_token =
            if same { wanted.continuation_token } else { write_place(place, &wanted.r#type) };
        Ok(Page { here, changes, continuation_token })
    }

    async fn beginning(&self, here: &Here, wanted: &Wanted) -> Outcome<Place> {
        if !wanted.continuation_token.is_empty() {
            return read_place(&wanted.continuation_token, &wanted.r#type);
        }
        let Some(start) = wanted.start_time else { return Ok(Place::default()) };
        if start.micros() < 0 {
            return Err(Fault::invalid("invalid_start_time", "Invalid start time"));
        }
        let store = here.store.clone();
        let version = self.db().read(move |sql| relations::version_before(sql, &store, start)).await?;
        Ok(Place { version, done: 0 })
    }
}

/// Takes what fits of these writes. Says whether there may be more.
fn take(writes: &[Written], place: &mut Place, changes: &mut Vec<Changed>, of: &str, limit: usize) -> bool {
    let before = *place;
    for write in writes {
        let done = if write.version == place.version { place.done } else { 0 };
        for (change, n) in write.changes.iter().zip(1..).skip(done) {
            if changes.len() == limit {
                return true;
            }
            *place = Place { version: write.version, done: n };
            if of.is_empty() || object(change).split_once(':').is_some_and(|(kind, _)| kind == of) {
                changes.push(Changed { change: change.clone(), at: write.at });
            }
        }
        if place.version != write.version || place.done >= write.changes.len() {
            *place = Place { version: write.version, done: 0 };
        }
    }
    *place != before && i64::try_from(writes.len()).is_ok_and(|read| read == PORTION)
}

fn object(change: &Change) -> &str {
    match change {
        Change::Write(tuple, _) => &tuple.key.object,
        Change::Delete(key) => &key.object,
    }
}

fn write_place(place: Place, of: &str) -> String {
    token::write(&format!("{}.{}|{of}", place.version, place.done))
}

fn read_place(text: &str, of: &str) -> Outcome<Place> {
    let text = token::read(text).ok_or_else(fault::bad_token)?;
    let read = || {
        let (place, kind) = text.split_once('|')?;
        let (version, done) = place.split_once('.')?;
        Some((Place { version: version.parse().ok()?, done: done.parse().ok()? }, kind.to_owned()))
    };
    let (place, kind) = read().ok_or_else(fault::bad_token)?;
    if kind != of {
        let text = "The type in the querystring and the continuation token don't match";
        return Err(Fault::invalid("query_string_type_continuation_token_mismatch", text));
    }
    Ok(place)
}
