//! Relationship stores, as OpenFGA's clients know them: stores, authorization models, tuples, and the questions that are
//! answered from them.
//!
//! A question is answered from memory: the graph that the last acknowledged write of this node left. Every answer names
//! the version it was given at; a caller who has seen a later one may wait for it.

pub mod access;
pub mod ask;
pub mod assertions;
pub mod authzen;
pub mod changes;
pub mod fault;
pub mod keys;
pub mod look;
pub mod models;
mod places;
pub mod read;
pub mod retrieve;
mod rules;
pub mod stores;
mod token;
pub mod version;
pub mod wire;
mod work;
pub mod write;

use std::sync::Arc;

use chancery_context::Platform;
use chancery_store::Db;

pub use access::{Asker, Here};
use places::Places;
use work::Work;

/// Readers who follow what somebody sees, at a time.
const STREAMS: usize = 256;

/// The use cases, and what they share.
#[derive(Clone)]
pub struct Authz(Arc<Shared>);

struct Shared {
    platform: Platform,
    models: models::Cache,
    ids: retrieve::Cache,
    past: retrieve::Past,
    streams: Places,
    work: Arc<Work>,
}

impl Authz {
    pub fn new(platform: Platform) -> Self {
        Self(Arc::new(Shared {
            platform,
            models: models::Cache::default(),
            ids: retrieve::Cache::default(),
            past: retrieve::Past::default(),
            streams: Places::new(STREAMS, STREAMS / 4 * 3),
            work: Arc::new(Work::new()),
        }))
    }

    fn platform(&self) -> &Platform {
        &self.0.platform
    }

    fn db(&self) -> &Db {
        &self.0.platform.db
    }

    fn models(&self) -> &models::Cache {
        &self.0.models
    }
}
