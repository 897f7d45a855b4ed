//! A running database is copied whole, and comes back only to an empty place.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chancery_kernel::{AgentId, OrgId};
use chancery_store::{Config, Db, DbFault, Location, Who, backup_beside, outbox, restore};

use crate::cluster::Cluster;
use crate::fixture::{Bench, append, note, register, run, verified};

fn config(path: &Path) -> Config {
    Config::new(Location::Sqlite(path.to_owned()))
}

#[test]
fn a_backup_under_load_is_one_state_and_can_be_opened() {
    run(async {
        let bench = Bench::sqlite();
        let db = bench.open();
        let org: OrgId = db.env().id();
        let agent = register(&db, org, "kept").await.unwrap();
        let load = (0..4).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..100 {
                    append(&db, org).await.unwrap();
                }
            })
        });
        let load: Vec<_> = load.collect();
        while append(&db, org).await.unwrap() < 50 {}
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        let copied = db.backup(copy.clone()).await.unwrap();
        for one in load {
            one.await.unwrap();
        }
        assert_eq!(copied.bytes, std::fs::metadata(&copy).unwrap().len());
        let listed = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(listed, 1, "one file, and nothing beside it");
        // Back to an empty place.
        let place = folder.path().join("restored");
        std::fs::create_dir(&place).unwrap();
        restore(&copy, &config(&place)).unwrap();
        let restored = Bench { config: config(&place), ..Bench::sqlite() }.open();
        let lines = verified(&restored, org).await.len();
        assert!((50..=500).contains(&lines), "{lines}");
        assert!(restored.hot().agents.find(org, agent).is_some());
        assert_eq!(append(&restored, org).await.unwrap(), lines as i64 + 1);
    });
}

#[test]
fn a_backup_from_beside_a_running_database_needs_no_lock() {
    run(async {
        let bench = Bench::sqlite();
        let db = bench.open();
        let org: OrgId = db.env().id();
        append(&db, org).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        backup_beside(&bench.config, &copy).unwrap();
        append(&db, org).await.unwrap();
        let place = folder.path().join("restored");
        std::fs::create_dir(&place).unwrap();
        restore(&copy, &config(&place)).unwrap();
        let restored = Bench { config: config(&place), ..Bench::sqlite() }.open();
        assert_eq!(verified(&restored, org).await.len(), 1);
        assert!(backup_beside(&config(&folder.path().join("nowhere")), &folder.path().join("x.db")).is_err());
    });
}

#[test]
fn nothing_is_overwritten_and_rubbish_is_not_restored() {
    run(async {
        let bench = Bench::sqlite();
        let db = bench.open();
        let folder = tempfile::tempdir().unwrap();
        let (copy, rubbish) = (folder.path().join("copy.db"), folder.path().join("rubbish"));
        db.backup(copy.clone()).await.unwrap();
        let open = |result: Result<_, DbFault>, words: &str| match result {
            Err(DbFault::Open { why }) => assert!(why.contains(words), "{why}"),
            other => panic!("{words}: {other:?}"),
        };
        open(db.backup(copy.clone()).await, "exists already");
        open(restore(&copy, &bench.config), "exists already");
        std::fs::write(&rubbish, "not a database, whatever it says").unwrap();
        open(restore(&rubbish, &config(&folder.path().join("new.db"))), "rubbish");
        let mut bytes = std::fs::read(&copy).unwrap();
        bytes.truncate(bytes.len() / 2);
        std::fs::write(&rubbish, bytes).unwrap();
        open(restore(&rubbish, &config(&folder.path().join("new.db"))), "rubbish");
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    });
}

#[test]
fn a_second_process_is_kept_out() {
    let bench = Bench::sqlite();
    let _first = bench.open();
    let second = chancery_store::Db::open(&bench.config, bench.env());
    assert!(second.is_err_and(|fault| fault.to_string().contains("another process")));
}

/// Writes to three logs until told to stop.
async fn load(db: Db, orgs: [OrgId; 3], stop: Arc<AtomicBool>) {
    for org in orgs.into_iter().cycle() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        append(&db, org).await.unwrap();
    }
}

/// Every table with every row, as text; counters of the database's own stand in no table.
async fn content(db: &Db, bench: &Bench) -> BTreeMap<String, Vec<String>> {
    const SQLITE: &str = "select name from sqlite_schema where type = 'table' order by name";
    const POSTGRES: &str = "select table_name::text from information_schema.tables \
        where table_schema = 'public' order by table_name";
    let postgres = matches!(bench.config.location, Location::Postgres(_));
    let tables = db.read(move |sql| sql.rows(if postgres { POSTGRES } else { SQLITE }, &[])).await.unwrap();
    let mut content = BTreeMap::new();
    for table in tables {
        let name = table.text(0).unwrap().to_owned();
        let select: &'static str = format!("select * from {name}").leak();
        let rows = db.read(move |sql| sql.rows(select, &[])).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        content.insert(name, rows);
    }
    content
}

/// A database with something in most kinds of columns, written to while it is copied.
async fn copied_under_load(bench: &Bench, copy: &Path) -> ([OrgId; 3], AgentId) {
    let db = bench.open();
    let orgs: [OrgId; 3] = [db.env().id(), db.env().id(), db.env().id()];
    let agent = register(&db, orgs[0], "kept \u{e9} \u{1f600} '\\").await.unwrap();
    db.write(orgs[1], Who::SYSTEM, |tx| {
        tx.outbox("test", serde_json::json!({ "n": 1 }));
        note(tx)
    })
    .await
    .unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4).map(|_| tokio::spawn(load(db.clone(), orgs, stop.clone()))).collect();
    while append(&db, orgs[2]).await.unwrap() < 300 {}
    db.backup(copy.to_owned()).await.unwrap();
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    (orgs, agent)
}

/// What was put back is one state, and goes on from there.
async fn goes_on(restored: &Bench, orgs: [OrgId; 3], agent: AgentId) -> BTreeMap<String, Vec<String>> {
    let db = restored.open();
    assert_eq!(db.hot().agents.find(orgs[0], agent).unwrap().name, "kept \u{e9} \u{1f600} '\\");
    assert_eq!(db.read(outbox::waiting).await.unwrap(), 1);
    let content = content(&db, restored).await;
    for org in orgs {
        let lines = verified(&db, org).await.len();
        assert!(lines >= 50, "{lines}");
        assert_eq!(append(&db, org).await.unwrap(), lines as i64 + 1);
    }
    // Numbers that the database gives out are given once.
    let new: OrgId = db.env().id();
    assert_eq!(append(&db, new).await.unwrap(), 1);
    db.write(new, Who::SYSTEM, |tx| {
        tx.outbox("test", serde_json::Value::Null);
        note(tx)
    })
    .await
    .unwrap();
    assert_eq!(verified(&db, new).await.len(), 2);
    content
}

fn at(path: &Path) -> Bench {
    std::fs::create_dir(path).unwrap();
    Bench { config: config(path), ..Bench::sqlite() }
}

#[test]
fn a_backup_of_either_engine_can_be_put_back_into_either() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let folder = tempfile::tempdir().unwrap();
        for (n, bench) in [Bench::sqlite(), Bench::postgres(cluster)].into_iter().enumerate() {
            let copy = folder.path().join(format!("copy-{n}.db"));
            let (orgs, agent) = copied_under_load(&bench, &copy).await;
            let places = [at(&folder.path().join(format!("restored-{n}"))), Bench::postgres(cluster)];
            let mut contents = Vec::new();
            for place in places {
                let (from, to) = (copy.clone(), place.config.clone());
                let restored = tokio::task::spawn_blocking(move || restore(&from, &to)).await.unwrap();
                assert_eq!(
                    restored.unwrap().version,
                    chancery_store::migrate::MIGRATIONS.last().unwrap().version
                );
                contents.push(goes_on(&place, orgs, agent).await);
            }
            assert!(contents[0].len() > 20 && contents[0] == contents[1], "both hold the same rows");
        }
    });
}

#[test]
fn postgres_is_backed_up_from_beside_and_never_restored_over_anything() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let db = bench.open();
        let org: OrgId = db.env().id();
        append(&db, org).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        let (config, file) = (bench.config.clone(), copy.clone());
        tokio::task::spawn_blocking(move || {
            backup_beside(&config, &file).unwrap();
            let refused = restore(&file, &config).unwrap_err().to_string();
            assert!(refused.contains("is not empty"), "{refused}");
            let rubbish = file.with_extension("rubbish");
            std::fs::write(&rubbish, "not a database, whatever it says").unwrap();
            assert!(restore(&rubbish, &config).is_err());
        })
        .await
        .unwrap();
        assert_eq!(append(&db, org).await.unwrap(), 2);
        assert_eq!(verified(&db, org).await.len(), 2);
    });
}
