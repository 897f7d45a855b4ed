//! One conformance suite for both engines, and what happens when things break.

#![cfg(test)]

mod approvals;
mod backup;
mod cluster;
mod commit;
mod fixture;
mod follow;
mod full_disk;
mod keys;
mod kill;
mod log;
mod nodes;
mod outbox;
mod proof;
mod proxy;
mod relations;
mod room;
mod schema;
mod silence;
mod tls;
