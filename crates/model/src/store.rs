//! Stores of relationships: what is known of one beside its tuples and models.

use chancery_kernel::{KeyId, ModelId, OrgId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Meta, noun};

/// What a caller may do in a store; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Ask and read.
    Read,
    /// Write tuples and assertions.
    Write,
    /// Write models, delete the store.
    Manage,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }
}

/// A pre-shared key as we keep it: its keyed hash. The key itself is shown once and forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreKey {
    pub id: KeyId,
    pub name: String,
    #[serde(with = "crate::hex")]
    pub hash: [u8; 32],
    pub level: Level,
    pub created: Timestamp,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreKey").field("id", &self.id).field("level", &self.level).finish()
    }
}

/// How many objects of a store have a number of their caller's, and how often that was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectIds {
    pub rev: i64,
    pub count: i64,
}

impl ObjectIds {
    fn none(&self) -> bool {
        *self == Self::default()
    }
}

/// A store of relationships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    pub id: StoreId,
    pub org: OrgId,
    /// Stores may share a name.
    pub name: String,
    /// The number of its log of changes in this database.
    pub no: i64,
    /// The model that answers where a caller names none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latest: Option<ModelId>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub keys: Vec<StoreKey>,
    #[serde(skip_serializing_if = "ObjectIds::none", default)]
    pub ids: ObjectIds,
    /// Whether each decision leaves a line in the log.
    #[serde(default)]
    pub recorded: bool,
    pub meta: Meta,
}

noun!(Store, StoreId, "store", |store| store.name.clone());
