//! Browsers in which people want to be told, and whether anybody in an organization could be told at all.

use chancery_kernel::{OrgId, Timestamp, UserId};

use crate::fault::DbFault;
use crate::sql::{Row, Sql};
use crate::tables::nouns::blob;

const INSERT: &str = "insert into push_subscriptions (digest, org, usr, name, created, sealed) \
     values ($1, $2, $3, $4, $5, $6)";
const OF_USER: &str = "select digest, org, usr, name, created, sealed from push_subscriptions \
     where usr = $1 and org = $2 order by created, digest";
const FIND: &str = "select digest, org, usr, name, created, sealed from push_subscriptions \
     where digest = $1 and org = $2";
const DELETE: &str = "delete from push_subscriptions where digest = $1";
const DELETE_OF: &str = "delete from push_subscriptions where digest = $1 and usr = $2";
const ANYBODY: &str = "select 1 from settings where name = $2 union all \
     select 1 from push_subscriptions where org = $1 limit 1";
const ALL: &str = "select digest, org, usr, name, created, sealed from push_subscriptions";
const RESEAL: &str = "update push_subscriptions set sealed = $2 where digest = $1";
pub const STATEMENTS: &[&str] = &[INSERT, OF_USER, FIND, DELETE, DELETE_OF, ANYBODY, ALL, RESEAL];

/// Set while the deployment has a relay for mail.
pub const MAIL: &str = "mail_relay";

/// A browser that subscribed.
#[derive(Clone)]
pub struct Subscription {
    /// Of the address at its push service.
    pub digest: [u8; 32],
    pub org: OrgId,
    pub user: UserId,
    /// The browser in words.
    pub name: String,
    pub created: Timestamp,
    pub sealed: Vec<u8>,
}

fn read(row: &Row) -> Result<Subscription, DbFault> {
    Ok(Subscription {
        digest: row.digest(0)?,
        org: row.id(1)?,
        user: row.id(2)?,
        name: row.text(3)?.to_owned(),
        created: row.time(4)?,
        sealed: row.blob(5)?.to_vec(),
    })
}

/// Everybody's browsers, whose addresses are sealed under the master key.
pub fn all(sql: &mut Sql<'_>) -> Result<Vec<Subscription>, DbFault> {
    sql.rows(ALL, &[])?.iter().map(read).collect()
}

/// Replaces what seals it: the same address, under another master key.
pub fn reseal(sql: &mut Sql<'_>, digest: &[u8; 32], sealed: &[u8]) -> Result<(), DbFault> {
    sql.run(RESEAL, &[digest.into(), sealed.into()]).map(drop)
}

/// Keeps it. A browser that was somebody else's is theirs no longer.
pub fn put(sql: &mut Sql<'_>, s: &Subscription) -> Result<(), DbFault> {
    sql.run(DELETE, &[(&s.digest).into()])?;
    let args = [
        (&s.digest).into(),
        blob(s.org),
        blob(s.user),
        s.name.clone().into(),
        s.created.into(),
        s.sealed.clone().into(),
    ];
    sql.run(INSERT, &args).map(drop)
}

pub fn of_user(sql: &mut Sql<'_>, org: OrgId, user: UserId) -> Result<Vec<Subscription>, DbFault> {
    sql.rows(OF_USER, &[blob(user), blob(org)])?.iter().map(read).collect()
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, digest: &[u8; 32]) -> Result<Option<Subscription>, DbFault> {
    sql.rows(FIND, &[digest.into(), blob(org)])?.first().map(read).transpose()
}

/// False if this person has no such browser.
pub fn delete(sql: &mut Sql<'_>, user: UserId, digest: &[u8; 32]) -> Result<bool, DbFault> {
    Ok(sql.run(DELETE_OF, &[digest.into(), blob(user)])? == 1)
}

/// Whether a message to somebody of this organization could go anywhere.
pub(crate) fn anybody(sql: &mut Sql<'_>, org: OrgId) -> Result<bool, DbFault> {
    Ok(!sql.rows(ANYBODY, &[blob(org), MAIL.into()])?.is_empty())
}
