//! A running database is copied whole, and comes back only to an empty place.

use std::path::Path;

use chancery_kernel::OrgId;
use chancery_store::{Config, DbFault, Location, backup_beside, restore};

use crate::cluster::Cluster;
use crate::fixture::{Bench, append, register, run, verified};

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

#[test]
fn postgres_is_left_to_its_own_tools() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let refused = Bench::postgres(cluster).open().backup("/nowhere/copy".into()).await;
        assert!(refused.unwrap_err().to_string().contains("pg_dump"));
    });
}
