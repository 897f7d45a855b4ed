//! What handlers take: who calls, typed ids, bodies, queries, pages, versions. Each refuses on its own, in one place.

mod address;
mod asker;
mod body;
mod caller;
mod id;
mod paging;
mod query;
mod vault;
mod version;

pub use address::{ClientAddress, client_address};
pub use asker::{Asked, Asking, AtLeast, Lasting, Loose, MOST_CANDIDATES, Names, Pinned, Related};
pub use body::{Body, MOST_BYTES};
pub use caller::Call;
pub use id::{Path, Path2};
pub use paging::Paging;
pub use query::{Query, Unfiltered};
pub use vault::{FolderPath, RequestPath, SecretPath};
pub use version::IfMatch;

pub(crate) use version::etag;

pub(crate) use caller::{bearer_token, proven};
