//! What pages are put together from.

pub mod badge;
pub mod diagram;
pub mod facts;
pub mod field;
pub mod form;
pub mod icon;
pub mod name;
pub mod notice;
pub mod pager;
pub mod passkey;
pub mod place;
pub mod rooms;
pub mod search;
pub mod spark;
pub mod table;
pub mod tier;
pub mod time;
pub mod timeline;
pub mod tokens;
pub mod why;

pub use badge::Verdict;
pub use form::{Draft, Form};
pub use name::Named;
pub use notice::Tone;
pub use pager::Pager;
pub use timeline::EventRow;
pub use tokens::Token;
