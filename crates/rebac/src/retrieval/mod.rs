//! What retrieval needs beyond checks, as far as it is pure: names for the resources of MCP servers, and a model for documents
//! and their parts.

mod uri;

pub use uri::{Named, UriFault, object_of_uri, uri_of_object};

/// A model in the DSL for what retrieval goes through: a chunk may be read by whoever may read its section, that by whoever may
/// read its document, and so on up to folders, projects, cases, departments and accounts. What bears the label `unquotable` may be
/// read (`can_read`) but not quoted (`can_quote`); the label reaches all parts of what bears it.
/// A `task` is a user too: what it is for is granted to it, and a filter that names it besides person and agent keeps to that.
pub const DOCUMENTS: &str = include_str!("documents.fga");
