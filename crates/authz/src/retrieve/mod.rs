//! Beyond OpenFGA: what retrieval asks. Candidates are filtered for everybody who takes part, person and agent, and the
//! caller hears how far it was looked.

mod filter;
mod ids;
mod known;
mod past;
mod residue;
mod roaring;
mod set;
mod top;
mod visible;

use chancery_rebac::tuple::Context;
use serde::Deserialize;

pub use filter::{Filtered, MOST_CANDIDATES};
pub(crate) use ids::Cache;
pub use ids::{IdsChanged, IdsListed, IdsWanted, Pair};
pub(crate) use past::Past;
pub use set::{Ids, Set, SetWanted};
pub use top::{Round, Top};
pub use visible::{Line, News, Residue, Residues, Seen, Visible, Wanted};

use crate::wire::{Consistency, TupleKeys};

/// Who takes part, and in what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Everybody who has to have the relation: a person, the agent that acts for them, a task.
    pub users: Vec<String>,
    pub relation: String,
    /// Candidates, best first.
    pub objects: Vec<String>,
    /// Stop when so many passed.
    pub limit: Option<usize>,
    #[serde(deserialize_with = "crate::wire::context")]
    pub context: Option<Context>,
    pub contextual_tuples: TupleKeys,
    pub authorization_model_id: String,
    pub consistency: Consistency,
}
