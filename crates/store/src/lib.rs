//! All SQL: drivers, the writer lane, migrations, one file per table, hot facts.
//!
//! A write is a closure ([`Db::write`]) that runs one at a time and commits together with others; it cannot succeed
//! without recording an event. Reads see one state of the database and never wait for the writer. What decisions
//! need stands in memory ([`hot`]).

mod anew;
mod asked;
mod backup;
mod batch;
mod changes;
mod checkpointer;
mod chore;
mod config;
mod current;
mod db;
pub mod dialect;
mod driver;
pub mod elsewhere;
mod facts;
mod fault;
mod follow;
mod group;
mod head;
mod hint;
pub mod hot;
mod inboxes;
mod index;
mod insert;
mod keyed;
mod known;
mod lane;
mod load;
pub mod log;
pub mod migrate;
mod mixer;
mod ordered;
pub mod outbox;
mod pool;
mod relations;
mod room;
pub mod shelf;
mod sql;
mod still;
pub mod tables;
mod tail;
mod tx;
mod waits;
mod writer;

pub use backup::{Copied, backup_beside, restore};
pub use config::{Config, Location};
pub use db::{Db, HOUSEKEPT};
pub use facts::Commit;
pub use fault::DbFault;
pub use hot::{Delta, Hot};
pub use inboxes::Inbox;
pub use relations::Relations;
pub use sql::{Row, Sql, Value};
pub use still::HotGuard;
pub use tx::{Audited, Author, Recorded, Tx, Who};
pub use waits::Wait;

/// Every statement that runs on both engines, for the test that prepares them all.
pub fn statements() -> Vec<&'static str> {
    [
        changes::statements(),
        head::STATEMENTS.to_vec(),
        group::statements(),
        index::STATEMENTS.to_vec(),
        log::statements(),
        migrate::STATEMENTS.to_vec(),
        outbox::STATEMENTS.to_vec(),
        tables::statements(),
    ]
    .concat()
}

/// Those that only PostgreSQL is asked.
pub fn postgres_statements() -> Vec<&'static str> {
    [head::POSTGRES_STATEMENTS, changes::POSTGRES_STATEMENTS, driver::postgres::STATEMENTS].concat()
}
