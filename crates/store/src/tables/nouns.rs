//! The directory's nouns: one table each, all of one shape (id, org, name, version, body).

use std::sync::Arc;

use chancery_kernel::{Fault, Id};
use chancery_model::{
    Agent, Application, Assignment, Client, Connection, Endpoint, Folder, Grant, Group, Noun, Organization,
    Reach, Store, User,
};

use crate::fault::DbFault;
use crate::hot::{Delta, Hot, Record, Shelf};
use crate::load;
use crate::sql::{Row, Sql, Value};
use crate::tables::claims::{self, Claim};
use crate::tx::Tx;

/// The statements of one noun's table.
pub struct Statements {
    insert: &'static str,
    update: &'static str,
    delete: &'static str,
    by_name: &'static str,
    all: &'static str,
}

/// A noun that has a table and a shelf in the hot facts.
pub trait Kept: Noun {
    const SQL: Statements;
    fn shelf(hot: &Hot) -> &Shelf<Self>;
    fn record(record: Arc<Self>) -> Record;
    /// What no other record may have, beside the name.
    fn claim(&self) -> Option<Claim>;
}

macro_rules! kept {
    ($($noun:ident in $table:literal on $shelf:ident $(with $claim:path)?;)*) => {
        $(impl Kept for $noun {
            const SQL: Statements = Statements {
                insert: concat!("insert into ", $table, " (id, org, name, version, body) values ($1, $2, $3, $4, $5)"),
                update: concat!("update ", $table, " set name = $3, version = $4, body = $5 where id = $1 and org = $2 and version = $6"),
                delete: concat!("delete from ", $table, " where id = $1 and org = $2"),
                by_name: concat!("select body from ", $table, " where org = $1 and name = $2"),
                all: concat!("select body from ", $table),
            };
            fn shelf(hot: &Hot) -> &Shelf<Self> { &hot.$shelf }
            fn record(record: Arc<Self>) -> Record { Record::$noun(record) }
            fn claim(&self) -> Option<Claim> { std::iter::empty::<Option<Claim>>()$(.chain([$claim(self)]))?.flatten().next() }
        })*

        pub const STATEMENTS: &[&str] = &[$(
            $noun::SQL.insert, $noun::SQL.update, $noun::SQL.delete, $noun::SQL.by_name, $noun::SQL.all,
        )*];

        /// Reads every record of every noun.
        pub fn load_all(sql: &mut Sql<'_>, each: &mut dyn FnMut(Record)) -> Result<(), DbFault> {
            load::aside(each, |loader| {
                $(sql.stream($noun::SQL.all, &[], &mut |row| loader.take(row, record::<$noun>))?;
                loader.hand_over(record::<$noun>)?;)*
                Ok(())
            })
        }
    };
}

kept! {
    Organization in "organizations" on organizations;
    User in "users" on users with claims::of_user;
    Group in "groups_" on groups;
    Application in "applications" on applications with claims::of_application;
    Agent in "agents" on agents;
    Client in "clients" on clients;
    Assignment in "assignments" on assignments;
    Connection in "connections" on connections;
    Grant in "grants" on grants;
    Folder in "folders" on folders;
    Reach in "reaches" on reaches;
    Store in "stores" on stores;
    Endpoint in "endpoints" on endpoints;
}

fn record<N: Kept>(row: &Row) -> Result<Record, DbFault> {
    Ok(N::record(Arc::new(read(row)?)))
}

fn read<N: Noun>(row: &Row) -> Result<N, DbFault> {
    parse(row.text(0)?, N::NOUN)
}

/// Reads a stored JSON body; a failure names the noun, never the content.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(body: &str, noun: &'static str) -> Result<T, DbFault> {
    serde_json::from_str(body).map_err(|e| DbFault::Corrupt { what: noun, why: e.to_string() })
}

pub(crate) fn body<T: serde::Serialize>(value: &T, noun: &'static str) -> Result<String, DbFault> {
    serde_json::to_string(value).map_err(|e| DbFault::Corrupt { what: noun, why: e.to_string() })
}

pub(crate) fn blob<I: Id>(id: I) -> Value {
    Value::Blob(id.uuid().as_bytes().to_vec())
}

/// Names are unique without regard to case.
fn key(name: &str) -> Value {
    Value::Text(name.to_lowercase())
}

/// The record of this name in its organization.
pub fn by_name<N: Kept>(
    sql: &mut Sql<'_>,
    org: chancery_kernel::OrgId,
    name: &str,
) -> Result<Option<N>, DbFault> {
    sql.rows(N::SQL.by_name, &[blob(org), key(name)])?.first().map(read::<N>).transpose()
}

impl Tx<'_> {
    /// Adds a record. A name already taken in the organization is a conflict.
    pub fn insert<N: Kept>(&mut self, noun: N) -> Result<Arc<N>, Fault> {
        let args = [
            blob(noun.id()),
            blob(noun.org()),
            key(&noun.name()),
            Value::Int(noun.meta().version),
            Value::Text(body(&noun, N::NOUN)?),
        ];
        self.take_turn_for::<N>()?;
        match self.sql().run(N::SQL.insert, &args) {
            Err(DbFault::Duplicate { .. }) => {
                return Err(Fault::conflict(
                    "name_taken",
                    format!("there is already such a {}: choose another name", N::NOUN),
                ));
            }
            other => other?,
        };
        self.claim::<N>(noun.id(), None, noun.claim())?;
        let record = Arc::new(noun);
        self.change(Delta::Put(N::record(record.clone())));
        Ok(record)
    }

    /// Replaces a record whose version is still the one it was read at, and raises the version.
    pub fn update<N: Kept>(&mut self, mut noun: N) -> Result<Arc<N>, Fault> {
        let read_at = noun.meta().version;
        let now = self.now();
        let meta = noun.meta_mut();
        meta.version += 1;
        meta.updated = now;
        let args = [
            blob(noun.id()),
            blob(noun.org()),
            key(&noun.name()),
            Value::Int(noun.meta().version),
            Value::Text(body(&noun, N::NOUN)?),
            Value::Int(read_at),
        ];
        self.take_turn_for::<N>()?;
        let changed = match self.sql().run(N::SQL.update, &args) {
            Err(DbFault::Duplicate { .. }) => {
                return Err(Fault::conflict(
                    "name_taken",
                    format!("there is already such a {}: choose another name", N::NOUN),
                ));
            }
            other => other?,
        };
        if changed == 0 {
            return Err(Fault::stale(N::NOUN));
        }
        let before = self.find::<N>(noun.id()).and_then(|present| present.claim());
        self.claim::<N>(noun.id(), before, noun.claim())?;
        let record = Arc::new(noun);
        self.change(Delta::Put(N::record(record.clone())));
        Ok(record)
    }

    /// Names are unique in one organization, whose head is locked; those of organizations are unique among all.
    fn take_turn_for<N: Kept>(&mut self) -> Result<(), DbFault> {
        if N::NOUN == Organization::NOUN { self.sql().turn() } else { Ok(()) }
    }

    /// Removes a record.
    pub fn delete<N: Kept>(&mut self, noun: &Arc<N>) -> Result<(), Fault> {
        if self.sql().run(N::SQL.delete, &[blob(noun.id()), blob(noun.org())])? == 0 {
            return Err(Fault::not_found(N::NOUN));
        }
        self.claim::<N>(noun.id(), noun.claim(), None)?;
        self.change(Delta::Remove(N::record(noun.clone())));
        Ok(())
    }

    /// The record as it stands, if it belongs to the organization of this write.
    pub fn find<N: Kept>(&self, id: N::Id) -> Option<Arc<N>> {
        N::shelf(self.hot()).find(self.org(), id).cloned()
    }

    /// The same, or the fault that says nothing about why not.
    pub fn get<N: Kept>(&self, id: N::Id) -> Result<Arc<N>, Fault> {
        self.find(id).ok_or_else(|| Fault::not_found(N::NOUN))
    }
}
