//! What can go wrong with the database, in the few kinds a caller can act on.

use chancery_kernel::{Fault, Kind};

/// A failed statement, transaction or connection. Says which statement, never with which values.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DbFault {
    /// A unique constraint refused the row.
    #[error("{what} of {table} is taken already: {statement}")]
    Duplicate {
        table: String,
        /// Columns on SQLite, the constraint's name on PostgreSQL.
        what: String,
        statement: &'static str,
    },
    /// Nothing was written, and the same request may succeed later: disk full, connection lost, server restarting.
    #[error("the database cannot serve now: {why}")]
    Unavailable { why: String },
    /// The database refused a statement for a reason that repeating it will not mend.
    #[error("a statement failed: {why}: {statement}")]
    Statement { statement: &'static str, why: String },
    /// Stored data is not what this version writes.
    #[error("stored {what} cannot be read: {why}")]
    Corrupt { what: &'static str, why: String },
    /// The database cannot be opened as configured.
    #[error("the database cannot be opened: {why}")]
    Open { why: String },
    /// A defect of this program.
    #[error("defect: {0}")]
    Internal(String),
}

impl DbFault {
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable { why: why.into() }
    }

    pub(crate) fn open(why: impl Into<String>) -> Self {
        Self::Open { why: why.into() }
    }

    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl From<DbFault> for Fault {
    fn from(fault: DbFault) -> Self {
        let (kind, code, public) = match &fault {
            DbFault::Duplicate { .. } => {
                (Kind::Conflict, "taken", "there is already such a record: choose another name")
            }
            DbFault::Unavailable { .. } | DbFault::Open { .. } => (
                Kind::Unavailable,
                "unavailable",
                "nothing can be recorded now, so nothing was done: try again in a moment",
            ),
            DbFault::Statement { .. } | DbFault::Corrupt { .. } | DbFault::Internal(_) => {
                return Self::internal(fault.to_string()).because(fault);
            }
        };
        Self::new(kind, code, public).because(fault)
    }
}
