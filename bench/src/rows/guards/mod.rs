//! Real guards, and how soon they refuse: after a containment, and when they cannot hear the server.

mod contain;
mod cut_off;
mod host;
mod relay;
mod stand;

pub use contain::run as contain;
pub use cut_off::run as cut_off;
pub use host::serve as host;
