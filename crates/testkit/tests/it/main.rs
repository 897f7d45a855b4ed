//! The server as its callers meet it.

mod boot;
