//! Reading tuples as they were written.
//!
//! All of a store is read in the order of its log, a filter's matches in that of their names or of these names' hashes: each is
//! the same on every node and after every start, so a reading goes on wherever it is taken up again. A tuple that stands
//! throughout is read exactly once, whatever is written between the pages. A page costs a page.

mod place;

use std::time::Instant;

use chancery_kernel::{Outcome, Timestamp};
use chancery_model::Level;
use chancery_rebac::engine::{Filter, Graph, Order, Stored};
use chancery_rebac::tuple::TupleKey;
use chancery_store::tables::relations::{self, Written};

use crate::access::{Asker, Here};
use crate::ask::PATIENCE;
use crate::stores::page_size;
use crate::version::Exactness;
use crate::{Authz, fault, wire, work};
use place::{After, standing};

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

/// Writes read at a time. Where most of what was written is gone again, many are read for one page; only when the time of a
/// question is over does a page come back with less than was asked for, and a token to go on.
const PORTION: i64 = 256;

impl Authz {
    pub async fn read_tuples(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Read,
        exactness: Exactness,
    ) -> Outcome<Page> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let limit = page_size(asked.page_size);
        let filter = asked.tuple_key.map_or_else(|| Ok(Filter::default()), filter)?;
        let after = asked.continuation_token.as_str();
        let graph = self.graph(&here, exactness).await?;
        let version = graph.version();
        let (tuples, continuation_token) = self.matches(&here, graph, &filter, after, limit).await?;
        Ok(Page { here, tuples, continuation_token, version })
    }

    /// What a filter matches, after the place that a token of this filter names; and the next token, empty at the end. What
    /// may match very much is read in the order of the log: it needs none of it at once.
    pub(crate) async fn matches(
        &self,
        here: &Here,
        graph: Graph,
        filter: &Filter,
        token: &str,
        limit: usize,
    ) -> Outcome<(Vec<Stored>, String)> {
        let (after, began) = match token {
            "" => (None, graph.version()),
            text => {
                let (after, began) = self.after(here, filter, text).ok_or_else(fault::bad_token)?;
                (Some(after), began)
            }
        };
        // A node that lags behind the one where the reading began does not know yet all that stood there.
        let graph = if graph.version() < began { self.wait(here, began).await? } else { graph };
        let after = match after {
            Some(after) => after,
            None => graph.order(filter).map_or(After::Write(0, 0), |order| After::Key(order, None)),
        };
        let (tuples, next) = match after {
            After::Write(version, done) => self.read_log(here, graph, filter, (version, done), limit).await?,
            After::Key(order, last) => {
                let filter = filter.clone();
                let read = move || leaf(&graph, &filter, order, last.as_ref(), limit);
                work::aside(&self.0.work, here.store.org, read).await?
            }
        };
        let token = next.map(|next| self.token_after(here, filter, &next, began));
        Ok((tuples, token.unwrap_or_default()))
    }

    /// All of a store, or of a type or relation: what was written, if it still stands as that write left it.
    async fn read_log(
        &self,
        here: &Here,
        graph: Graph,
        filter: &Filter,
        (mut version, mut done): (u64, usize),
        limit: usize,
    ) -> Outcome<(Vec<Stored>, Option<After>)> {
        let mut found: Vec<(After, Stored)> = Vec::new();
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // A write that was begun is read again, for the rest of it.
            let from = if done > 0 { version.saturating_sub(1) } else { version };
            let writes = self.writes_after(here, from, &graph).await?;
            if writes.is_empty() {
                return Ok((found.into_iter().map(|(_, stored)| stored).collect(), None));
            }
            for (at, write) in writes.iter().enumerate() {
                let later = writes.get(at + 1..).unwrap_or_default();
                let skip = if write.version == version { done } else { 0 };
                let standing = standing(&graph, write, later, skip).into_iter();
                let standing = standing.filter(|(_, stored)| is_such(filter, &stored.tuple.key));
                found.extend(standing.map(|(n, stored)| (After::Write(write.version, n + 1), stored)));
                // One more than is wanted tells that there is more.
                if found.len() > limit {
                    found.truncate(limit);
                    let next = found.last().map(|(after, _)| after.clone());
                    return Ok((found.into_iter().map(|(_, stored)| stored).collect(), next));
                }
                (version, done) = (write.version, 0);
            }
        }
        Ok((found.into_iter().map(|(_, stored)| stored).collect(), Some(After::Write(version, 0))))
    }

    /// A portion of the log up to the version that is read, to the end of a moment: what was written twice in one is told
    /// apart by what came last.
    async fn writes_after(&self, here: &Here, from: u64, graph: &Graph) -> Outcome<Vec<Written>> {
        let mut writes: Vec<Written> = Vec::new();
        let mut most = PORTION;
        loop {
            let (store, after) = (here.store.clone(), writes.last().map_or(from, |last| last.version));
            let mut more = self.db().read(move |sql| relations::writes(sql, &store, after, most)).await?;
            let full = i64::try_from(more.len()).is_ok_and(|read| read == most);
            let moment = writes.last().map(|last| last.at);
            writes.append(&mut more);
            writes.retain(|write| write.version <= graph.version());
            let same = moment.is_none_or(|moment| writes.last().is_some_and(|last| last.at == moment));
            if !full || !same {
                return Ok(writes);
            }
            // One more tells whether the moment goes on; where it does, larger portions.
            most = if moment.is_none() { 1 } else { PORTION };
        }
    }
}

/// Some of a filter's matches after a key.
fn leaf(
    graph: &Graph,
    filter: &Filter,
    order: Order,
    last: Option<&TupleKey>,
    limit: usize,
) -> (Vec<Stored>, Option<After>) {
    let leaf = graph.leaf(filter, order, last, limit);
    let last = leaf.tuples.last().filter(|_| leaf.more);
    let next = last.map(|last| After::Key(order, Some(last.tuple.key.clone())));
    (leaf.tuples, next)
}

/// Whether a tuple has the type and the relation of a filter that names neither an object nor a user.
fn is_such(filter: &Filter, key: &TupleKey) -> bool {
    let of_type = |wanted: &String| key.object.split_once(':').is_some_and(|(kind, _)| kind == wanted);
    filter.object_type.as_ref().is_none_or(of_type)
        && filter.relation.as_ref().is_none_or(|relation| key.relation == *relation)
}

/// An object's type has to be given, and its id or a user.
fn filter(key: wire::TupleWire) -> Outcome<Filter> {
    let wire::TupleWire { user, relation, object, .. } = key;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (kind, id) = object.split_once(':').unwrap_or(("", object.as_str()));
    if kind.is_empty() || id.is_empty() && user.is_empty() {
        return Err(fault::invalid(
            "the 'tuple_key' field was provided but the object type field is required and both the object id and \
             user cannot be empty",
        ));
    }
    Ok(Filter {
        object_type: given(kind),
        object_id: given(id),
        relation: given(&relation),
        user: given(&user),
    })
}
