//! Versions that somebody was told of, for whoever comes back. The last few stay in memory, where they share with the present
//! what did not change; older ones, and those of another node or an earlier start, are read from the base and the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chancery_audit::merkle;
use chancery_kernel::{ModelId, Outcome, StoreId};
use chancery_rebac::engine::{Compiled, Graph};
use chancery_store::tables::relations;
use data_encoding::HEXLOWER;
use tokio::sync::Semaphore;

use super::visible::Wanted;
use crate::access::{Here, read_id};
use crate::ask::Asked;
use crate::models::Model;
use crate::stores::ulid;
use crate::{Authz, token};

/// Versions kept in memory, of all stores together.
const KEPT: usize = 64;
/// Changes that are read to find a version again. What takes more begins anew.
const MOST: usize = 200_000;

/// Versions that somebody was told of.
pub(crate) struct Past {
    kept: Mutex<VecDeque<(StoreId, Graph)>>,
    /// Who reads the log for it, one at a time.
    turn: Semaphore,
}

impl Default for Past {
    fn default() -> Self {
        Self { kept: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Past {
    fn keep(&self, store: StoreId, graph: &Graph) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(id, known)| *id == store && known.version() == graph.version()) {
            return;
        }
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((store, graph.clone()));
    }

    fn find(&self, store: StoreId, version: u64) -> Option<Graph> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|(id, known)| *id == store && known.version() == version);
        known.map(|(_, graph)| graph.clone())
    }
}

/// The version and model at which a caller knew everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    version: u64,
    model: ModelId,
}

/// What a caller comes back with. It says for which question it is good; for another, all of it follows.
pub(crate) fn token(here: &Here, wanted: &Wanted, (version, model): (u64, ModelId)) -> String {
    token::write(&format!("{version} {} {}", ulid(model), question(here, wanted)))
}

pub(crate) fn read(here: &Here, wanted: &Wanted) -> Option<Place> {
    let text = token::read(&wanted.token)?;
    let mut parts = text.split(' ');
    let place = Place { version: parts.next()?.parse().ok()?, model: read_id(parts.next()?)? };
    (parts.next()? == question(here, wanted)).then_some(place)
}

fn question(here: &Here, wanted: &Wanted) -> String {
    let Wanted { user, relation, r#type, context, .. } = wanted;
    let context = context.as_ref().map(|all| serde_json::Value::Object(all.clone()).to_string());
    let text =
        [&here.id(), r#type, relation, user, &context.unwrap_or_default()].map(String::as_str).join("\n");
    HEXLOWER.encode(merkle::sha256(text.as_bytes()).get(..8).unwrap_or_default())
}

impl Authz {
    /// Keeps a version that somebody is told of.
    pub(crate) fn keep_version(&self, here: &Here, graph: &Graph) {
        self.0.past.keep(here.store.id, graph);
    }

    /// The same question at an earlier version; none where it cannot be put any more.
    pub(crate) async fn asked_of_version(&self, now: &Asked, place: Place) -> Outcome<Option<Asked>> {
        let Place { version, model } = place;
        if version > now.graph.version() {
            return Ok(None);
        }
        let Ok(model) = self.model(&now.here, Some(&ulid(model))).await else { return Ok(None) };
        let asked = |graph: Graph, model: Arc<Model>| Asked { graph, model, ..now.clone() };
        if version == now.graph.version() {
            return Ok(Some(asked(now.graph.clone(), model)));
        }
        if let Some(graph) = self.0.past.find(now.here.store.id, version) {
            return Ok(Some(asked(graph, model)));
        }
        let Ok(_turn) = self.0.past.turn.acquire().await else { return Ok(None) };
        let store = now.here.store.clone();
        let graph = self.db().read(move |sql| relations::as_of(sql, &store, version, MOST)).await?;
        let Some(graph) = graph else { return Ok(None) };
        // Its names have other numbers than those of the present: nothing of either may be remembered for the other.
        let Ok(compiled) = Compiled::new(model.source.clone()) else { return Ok(None) };
        let apart = Model { id: model.id, store: model.store, source: model.source.clone(), compiled };
        Ok(Some(asked(graph, Arc::new(apart))))
    }
}
