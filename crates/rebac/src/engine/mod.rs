//! The fast engine: answers over millions of tuples in memory, the same as the naive evaluator's, in about a microsecond.
//!
//! [`Graph`] is an immutable snapshot of a store's tuples; [`Graph::apply`] makes the next one and shares the rest.
//! [`Compiled`] is a model made ready, [`Question`] what is asked of both.

mod act;
mod answers;
mod apply;
mod big;
mod bits;
mod bound;
mod cache;
mod compiled;
mod enter;
mod expand;
mod explain;
mod filter;
mod grants;
mod graph;
mod groups;
mod halves;
mod hash;
mod leads;
mod list_objects;
mod literal;
mod lower;
mod matches;
mod names;
mod near;
mod objects;
mod order;
mod overlay;
mod page;
mod question;
mod quick;
mod radix;
mod reached;
mod read;
mod rebuild;
mod registry;
mod rows;
mod seen;
mod session;
mod sides;
mod subjects;
#[cfg(test)]
mod tests;
mod users;
mod waste;

pub use compiled::{Compiled, Uncompiled};
pub use explain::{Because, Cited, Explained};
pub use filter::Filtered;
pub use graph::{Change, ChangeRef, Graph, Stored, Then};
pub use halves::{Changes, Lot, Naming, Paging};
pub use hash::HashKey;
pub use list_objects::{Listed, Numbers};
pub use matches::{Leaf, Order};
pub use objects::Objects;
pub use question::Question;
pub use read::{Cursor, Filter, Foreign, Stretch};
pub use users::ListedUsers;
