//! Relationship tuples: an object, a relation, a user, and what the grant may depend on.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Values by name that conditions read: of a tuple, or of a request.
pub type Context = Map<String, Value>;

/// `object#relation@user`: what a tuple is found by. An object is `type:id`; a user is `type:id`, `type:*` or
/// `type:id#relation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TupleKey {
    pub object: String,
    pub relation: String,
    pub user: String,
}

/// A grant that holds only while a condition of the model is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TupleCondition {
    pub name: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Context,
}

/// One stored grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuple {
    #[serde(flatten)]
    pub key: TupleKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<TupleCondition>,
}

impl TupleKey {
    pub fn new(object: &str, relation: &str, user: &str) -> Self {
        Self { object: object.to_owned(), relation: relation.to_owned(), user: user.to_owned() }
    }
}

impl fmt::Display for TupleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}@{}", self.object, self.relation, self.user)
    }
}
