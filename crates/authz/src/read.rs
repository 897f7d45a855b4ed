//! Reading tuples as they were written.

use chancery_kernel::{Outcome, Timestamp};
use chancery_model::Level;
use chancery_rebac::engine::{Cursor, Filter, Stored};

use crate::access::{Asker, Here};
use crate::stores::page_size;
use crate::version::Exactness;
use crate::{Authz, fault, token, wire};

/// Some tuples, and how to get the next.
pub struct Page {
    pub here: Here,
    pub tuples: Vec<Stored>,
    pub continuation_token: String,
    pub version: u64,
}

impl Page {
    /// When one was written.
    pub fn timestamp(stored: &Stored) -> Timestamp {
        Timestamp::from_micros(stored.written_at)
    }
}

impl Authz {
    pub async fn read_tuples(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Read,
        exactness: Exactness,
    ) -> Outcome<Page> {
        let here = self.enter(asker, store, Level::Read).await?;
        let limit = page_size(asked.page_size, "ReadRequest")?;
        let filter = asked.tuple_key.map_or_else(|| Ok(Filter::default()), filter)?;
        let after = match asked.continuation_token.as_str() {
            "" => None,
            text => Some(token::read(text).and_then(|text| read_cursor(&text)).ok_or_else(fault::bad_token)?),
        };
        let graph = self.graph(&here, exactness).await?;
        let stretch = graph.read(&filter, after, limit).map_err(|_| fault::bad_token())?;
        let next = stretch.next.map(|cursor| token::write(&written_cursor(&cursor)));
        let (tuples, version) = (stretch.tuples, graph.version());
        Ok(Page { here, tuples, continuation_token: next.unwrap_or_default(), version })
    }
}

/// An object's type has to be given, and its id or a user.
fn filter(key: wire::TupleWire) -> Outcome<Filter> {
    let wire::TupleWire { user, relation, object, .. } = key;
    if user.is_empty() && relation.is_empty() && object.is_empty() {
        return Ok(Filter::default());
    }
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (kind, id) = object.split_once(':').unwrap_or((object.as_str(), ""));
    if kind.is_empty() {
        return Err(fault::invalid(
            "the 'tuple_key' field was provided but the object type field is required and both the object id and \
             user cannot be empty",
        ));
    }
    if id.is_empty() && user.is_empty() {
        return Err(fault::invalid(
            "the 'tuple_key' field was provided but the object type field is required and both the object id and \
             user cannot be empty",
        ));
    }
    if !user.is_empty() && user.split_once(':').is_none_or(|(kind, id)| kind.is_empty() || id.is_empty()) {
        let text = "the 'tuple_key.user' field must have a type and an id, such as 'user:anne'";
        return Err(fault::invalid(text));
    }
    Ok(Filter {
        object_type: given(kind),
        object_id: given(id),
        relation: given(&relation),
        user: given(&user),
    })
}

fn written_cursor(cursor: &Cursor) -> String {
    let Cursor { graph, object_type, object, class, subject } = cursor;
    format!("{graph}.{object_type}.{object}.{class}.{subject}")
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let mut parts = text.split('.');
    let cursor = Cursor {
        graph: parts.next()?.parse().ok()?,
        object_type: parts.next()?.parse().ok()?,
        object: parts.next()?.parse().ok()?,
        class: parts.next()?.parse().ok()?,
        subject: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(cursor)
}
