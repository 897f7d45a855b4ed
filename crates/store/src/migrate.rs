//! Migrations: one list, in order, each in a transaction of its own, never changed once released.

use chancery_kernel::{Env, Timestamp};

use crate::dialect::Dialect;
use crate::driver::{Link, Mode};
use crate::fault::DbFault;
use crate::sql::Row;

/// One step of the schema.
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal)*) => {
        &[$(Migration {
            version: $version,
            name: $name,
            text: include_str!(concat!("../migrations/", $name, ".sql")),
        }),*]
    };
}

pub const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_log"
    2 "0002_directory"
    3 "0003_issuer"
    4 "0004_families"
    5 "0005_nodes"
    6 "0006_approvals"
    7 "0007_factors"
    8 "0008_postings"
    9 "0009_vault"
    10 "0010_push"
    11 "0011_claims"
    12 "0012_endpoints"
    13 "0013_data_keys"
    14 "0014_stores"
    15 "0015_object_ids"
    16 "0016_live_approvals"
};

/// What went before the first migration.
const GROUND: &str = "create table if not exists schema_migrations (version {int} primary key, name {text} not null, at {int} not null) {strict}";
pub(crate) const DONE: &str = "select coalesce(max(version), 0) from schema_migrations";
const NOTE: &str = "insert into schema_migrations (version, name, at) values ($1, $2, $3)";
pub const STATEMENTS: &[&str] = &[DONE, NOTE];

/// Nodes that start together migrate one after the other, however long it takes. The number is arbitrary, and ours in
/// this database.
const TURN: &str = "select pg_advisory_xact_lock(724100917)";

/// Brings the schema to this version's.
pub(crate) fn migrate(link: &mut Link, env: &Env) -> Result<(), DbFault> {
    step(link, |link| link.script(&link.dialect().spell(GROUND)))?;
    let newest = MIGRATIONS.last().map_or(0, |m| m.version);
    let done = step(link, version)?;
    if done > newest {
        return Err(DbFault::open(format!(
            "the database is at schema version {done} and this program knows {newest}: run the newer program"
        )));
    }
    MIGRATIONS.iter().filter(|m| m.version > done).try_for_each(|m| {
        step(link, |link| {
            // Another node may have been faster.
            if version(link)? >= m.version { Ok(()) } else { apply(link, m, env.now()) }
        })
    })
}

fn version(link: &mut Link) -> Result<i64, DbFault> {
    version_of(&link.rows(DONE, &[])?)
}

/// The answer to [`DONE`].
pub(crate) fn version_of(rows: &[Row]) -> Result<i64, DbFault> {
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// What makes the schema of a version, without a note of having done it: for a database about to be filled with the
/// rows of another, its notes among them.
pub(crate) fn lay_schema(link: &mut Link, version: i64) -> Result<(), DbFault> {
    let done = MIGRATIONS.iter().filter(|m| m.version <= version).map(|m| m.text);
    let dialect = link.dialect();
    std::iter::once(GROUND).chain(done).try_for_each(|text| link.script(&dialect.spell(text)))
}

fn apply(link: &mut Link, migration: &Migration, now: Timestamp) -> Result<(), DbFault> {
    link.script(&link.dialect().spell(migration.text))?;
    link.run(NOTE, &[migration.version.into(), migration.name.into(), now.into()])?;
    tracing::info!(migration = migration.name, "schema migrated");
    Ok(())
}

fn step<T>(link: &mut Link, f: impl FnOnce(&mut Link) -> Result<T, DbFault>) -> Result<T, DbFault> {
    link.begin(Mode::Write)?;
    let turn = match link.dialect() {
        Dialect::Postgres => link.unhurried().and_then(|()| link.script(TURN)),
        Dialect::Sqlite => Ok(()),
    };
    let done = turn.and_then(|()| f(link)).and_then(|value| link.commit().map(|()| value));
    if done.is_err() {
        link.rollback();
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
        assert_eq!(files, listed);
        assert!(MIGRATIONS.iter().all(|m| m.name.starts_with(&format!("{:04}_", m.version))));
        assert!(MIGRATIONS.is_sorted_by(|a, b| a.version < b.version));
    }
}
