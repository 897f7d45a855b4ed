//! The fetcher, against servers that behave and servers that do not.
#![cfg(test)]

mod fetch;
mod server;
