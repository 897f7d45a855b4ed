//! Versions: the number of a store's last write. Every answer names the one it was given at.

use std::time::Duration;

use chancery_kernel::{Fault, Kind, Outcome};
use chancery_rebac::engine::Graph;

use crate::{Authz, Here, fault};

/// How exact an answer has to be: beyond what this node acknowledged, which it never forgets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exactness {
    /// At least this version.
    pub at_least: Option<u64>,
    /// With all that any node had acknowledged when the question came.
    pub higher: bool,
}

/// How long an answer waits for a version.
const PATIENCE: Duration = Duration::from_secs(3);

impl Authz {
    /// The tuples of the store, as exact as is asked.
    pub(crate) async fn graph(&self, here: &Here, exactness: Exactness) -> Outcome<Graph> {
        if exactness.higher {
            self.db().look_at(here.store.org).await?;
        }
        let graph = self.present(here)?;
        match exactness.at_least {
            Some(wanted) if graph.version() < wanted => self.wait(here, wanted).await,
            _ => Ok(graph),
        }
    }

    fn present(&self, here: &Here) -> Outcome<Graph> {
        let hot = self.db().hot();
        let graph = hot.relations.graph(here.store.id).cloned();
        // The store was deleted since the call was let in, or its log cannot be followed just now.
        graph.ok_or_else(|| match hot.stores.find_anywhere(here.store.id) {
            None => fault::no_store(),
            Some(_) => {
                Fault::new(Kind::Unavailable, "unavailable", "this store is being read anew: try again")
            }
        })
    }

    pub(crate) async fn wait(&self, here: &Here, wanted: u64) -> Outcome<Graph> {
        let mut turned = self.db().turned();
        let arrived = async {
            loop {
                let graph = self.present(here)?;
                if graph.version() >= wanted {
                    return Ok(graph);
                }
                if turned.changed().await.is_err() {
                    return Err(late(wanted));
                }
            }
        };
        tokio::time::timeout(PATIENCE, arrived).await.unwrap_or_else(|_| Err(late(wanted)))
    }
}

fn late(wanted: u64) -> Fault {
    let text = format!("version {wanted} of this store is not known here yet: try again in a moment");
    Fault::new(Kind::Unavailable, "version_not_reached", text)
}
