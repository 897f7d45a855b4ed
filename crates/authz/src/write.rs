//! Writing tuples: all of a request or nothing, deletes before writes.

use std::collections::HashSet;
use std::sync::Arc;

use chancery_audit::{Digest, Event};
use chancery_kernel::{Fault, Outcome};
use chancery_model::{Level, Store};
use chancery_rebac::engine::{Change, Graph};
use chancery_rebac::names::{self, User};
use chancery_rebac::tuple::{Tuple, TupleKey};
use chancery_rebac::{size, write_rules};
use chancery_store::{DbFault, Tx};

use crate::access::{Asker, Here};
use crate::models::Model;
use crate::{Authz, fault, wire};

/// Tuples of one request.
pub(crate) const MOST: usize = 100;

/// Code of a write that was bound to a version which is over.
pub(crate) const MOVED: &str = "store_moved";

/// What a request asks for, and whether it takes offense.
struct Order {
    writes: Vec<Tuple>,
    deletes: Vec<TupleKey>,
    ignore_duplicates: bool,
    ignore_missing: bool,
}

/// Why a write closure kept nothing.
enum Stop {
    /// All of it stood already.
    Nothing(u64),
    Fault(Fault),
}

impl From<DbFault> for Stop {
    fn from(fault: DbFault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A write that stands.
pub struct Written {
    pub here: Here,
    pub model: Arc<Model>,
    pub version: u64,
}

impl Authz {
    pub async fn write_tuples(&self, asker: &Asker, store: &str, asked: wire::Write) -> Outcome<Written> {
        self.write_at(asker, store, asked, None).await
    }

    /// The same, only if the store is still at a version.
    pub(crate) async fn write_at(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Write,
        version: Option<u64>,
    ) -> Outcome<Written> {
        let here = self.enter(asker, store, Level::Write).await?;
        asked.check_fields()?;
        let model = self.model(&here, Some(&asked.authorization_model_id)).await?;
        let order = Order::read(asked)?;
        order.check(&model)?;
        let (id, key, used) = (here.store.id, here.key, model.id);
        let written = self.db().write(here.store.org, here.author.clone(), move |tx: &mut Tx<'_>| {
            let store = tx.find::<Store>(id).ok_or_else(fault::no_store)?;
            let graph = tx.graph(id).ok_or_else(fault::no_store)?;
            if version.is_some_and(|version| version != graph.version()) {
                return Err(Fault::conflict(MOVED, "the store has moved since: look at it again").into());
            }
            let changes = order.changes(&graph, tx.now().micros())?;
            if changes.is_empty() {
                return Err(Stop::Nothing(graph.version()));
            }
            let appended = tx.append_tuples(&store, &graph, &changes)?;
            let deletes = changes.iter().filter(|change| matches!(change, Change::Delete(_))).count();
            let recorded = tx.record(Event::TuplesWritten {
                store: id,
                model: used,
                key,
                writes: number(changes.len() - deletes),
                deletes: number(deletes),
                version: appended.version.cast_signed(),
                digest: Digest(appended.digest),
            });
            Ok(recorded.with(appended.version))
        });
        match written.await {
            Ok(version) | Err(Stop::Nothing(version)) => Ok(Written { here, model, version }),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn ignores(option: &str, name: &str) -> Outcome<bool> {
    match option {
        "" | "error" => Ok(false),
        "ignore" => Ok(true),
        other => Err(fault::invalid(format!("invalid {name} option: {other}"))),
    }
}

impl Order {
    fn read(asked: wire::Write) -> Outcome<Self> {
        let (writes, deletes) = (asked.writes.unwrap_or_default(), asked.deletes.unwrap_or_default());
        let order = Self {
            ignore_duplicates: ignores(&writes.on_duplicate, "on_duplicate")?,
            ignore_missing: ignores(&deletes.on_missing, "on_missing")?,
            writes: writes.tuple_keys.into_iter().map(Tuple::from).collect(),
            deletes: deletes.tuple_keys.into_iter().map(wire::TupleWire::key).collect(),
        };
        if order.writes.is_empty() && order.deletes.is_empty() {
            let text = "Invalid input. Make sure you provide at least one write, or at least one delete";
            return Err(Fault::invalid("invalid_write_input", text));
        }
        Ok(order)
    }

    /// What can be said without looking at the tuples.
    fn check(&self, model: &Model) -> Outcome<()> {
        for tuple in &self.writes {
            write_rules::check_stored(&model.source, tuple, size::MOST_CONTEXT)
                .map_err(|reason| fault::invalid(reason.sentence(tuple)))?;
        }
        for key in &self.deletes {
            if User::parse(&key.user).is_none() && !names::is_user_id(&key.user) {
                let text = format!("Invalid tuple '{key}'. Reason: the 'user' field is malformed");
                return Err(fault::invalid(text));
            }
        }
        let mut seen = HashSet::new();
        let keys = self.writes.iter().map(|tuple| &tuple.key).chain(&self.deletes);
        if let Some(twice) = keys.into_iter().find(|key| !seen.insert(*key)) {
            let text = format!("duplicate tuple in write: {}", spelled(twice));
            return Err(Fault::invalid("cannot_allow_duplicate_tuples_in_one_request", text));
        }
        if seen.len() > MOST {
            let text = format!("The number of write operations exceeds the allowed limit of {MOST}");
            return Err(fault::too_many(text));
        }
        Ok(())
    }

    /// What there is to do to the tuples as they stand.
    fn changes(&self, graph: &Graph, now: i64) -> Outcome<Vec<Change>> {
        let mut changes = Vec::with_capacity(self.writes.len() + self.deletes.len());
        for key in &self.deletes {
            match graph.find(key) {
                Some(_) => changes.push(Change::Delete(key.clone())),
                None if self.ignore_missing => {}
                None => return Err(failed("delete a tuple which does not exist", key)),
            }
        }
        for tuple in &self.writes {
            match graph.find(&tuple.key) {
                None => changes.push(Change::Write(tuple.clone(), now)),
                Some(_) if !self.ignore_duplicates => {
                    return Err(failed("write a tuple which already exists", &tuple.key));
                }
                Some(stood) if stood.tuple.condition == tuple.condition => {}
                Some(_) => return Err(other_condition(&tuple.key)),
            }
        }
        Ok(changes)
    }
}

fn spelled(key: &TupleKey) -> String {
    format!("user: '{}', relation: '{}', object: '{}'", key.user, key.relation, key.object)
}

fn failed(what: &str, key: &TupleKey) -> Fault {
    let text = format!(
        "cannot {what}: {}: tuple to be written already existed or the tuple to be deleted did not exist",
        spelled(key)
    );
    Fault::invalid("write_failed_due_to_invalid_input", text)
}

fn other_condition(key: &TupleKey) -> Fault {
    let text = format!(
        "transactional write failed due to conflict: attempted to write a tuple which already exists with a \
         different condition: {}",
        spelled(key)
    );
    Fault::conflict("Aborted", text)
}
