//! The schema and the statements are the same on both engines.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::fixture::{Bench, on_both, run};

on_both! {
    every_statement_prepares
    opening_again_migrates_nothing
}

async fn every_statement_prepares(bench: Bench) {
    let db = bench.open();
    for statement in chancery_store::statements() {
        db.read(move |sql| sql.prepare(statement)).await.unwrap();
    }
}

async fn opening_again_migrates_nothing(bench: Bench) {
    const VERSIONS: &str = "select version, name from schema_migrations order by version";
    let first = bench.open().read(|sql| sql.rows(VERSIONS, &[])).await.unwrap();
    let again = bench.open().read(|sql| sql.rows(VERSIONS, &[])).await.unwrap();
    assert_eq!(first.len(), chancery_store::migrate::MIGRATIONS.len());
    assert_eq!(first, again);
}

#[test]
fn statements_for_postgres_alone_prepare() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let db = Bench::postgres(cluster).open();
        for statement in chancery_store::postgres_statements() {
            db.maintain(move |sql| sql.prepare(statement)).await.unwrap();
        }
    });
}

/// Table and column, with what is said about it.
type Columns = BTreeMap<(String, String), (String, bool)>;

#[test]
fn both_engines_have_the_same_tables() {
    const SQLITE: &str = "select m.name, c.name, lower(c.type), \
        case when c.\"notnull\" = 1 or c.pk > 0 then 1 else 0 end \
        from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table'";
    const POSTGRES: &str = "select table_name::text, column_name::text, \
        case data_type when 'bigint' then 'integer' when 'bytea' then 'blob' else data_type::text end, \
        (is_nullable = 'NO')::int::bigint \
        from information_schema.columns where table_schema = 'public'";
    let Some(cluster) = Cluster::shared() else { return };
    let columns = |bench: Bench, statement: &'static str| {
        let mut found = Columns::new();
        run(async {
            for row in bench.open().read(move |sql| sql.rows(statement, &[])).await.unwrap() {
                let text = |i| row.text(i).unwrap().to_owned();
                found.insert((text(0), text(1)), (text(2), row.flag(3).unwrap()));
            }
        });
        found
    };
    // `integer` on PostgreSQL would have 32 bits; it shows up here as a difference of `int4` against `integer`.
    let postgres =
        POSTGRES.replace("else data_type::text", "when 'integer' then 'int4' else data_type::text");
    let postgres = columns(Bench::postgres(cluster), postgres.leak());
    assert_eq!(columns(Bench::sqlite(), SQLITE), postgres);
}
