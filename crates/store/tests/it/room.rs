//! Zeros behind the frames of SQLite's write-ahead log: nobody takes them for anything.

use std::path::Path;
use std::time::{Duration, Instant};

use chancery_kernel::OrgId;
use chancery_store::{Config, Db, Location};

use crate::fixture::{Bench, append, run, verified};

const FILES: [&str; 2] = ["chancery.db", "chancery.db-wal"];
const ROOM: u64 = 4 << 20;

/// What a disk would hold if the machine stopped now, begun from there.
fn as_if_stopped(bench: &Bench, folder: &Path, to: &Path) -> Db {
    for name in FILES {
        std::fs::copy(folder.join(name), to.join(name)).unwrap();
    }
    let config = Config { location: Location::Sqlite(to.join("chancery.db")), ..bench.config.clone() };
    Db::open(&config, bench.env()).unwrap()
}

fn log_length(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("chancery.db-wal")).map_or(0, |file| file.len())
}

#[test]
fn room_is_made_soon_and_what_was_written_before_and_after_is_found_again() {
    run(async {
        let bench = Bench::sqlite();
        let (db, folder) = (bench.open(), bench._folder.as_ref().unwrap().path().to_owned());
        let org: OrgId = db.env().id();
        append(&db, org).await.unwrap();
        let began = Instant::now();
        while log_length(&folder) < ROOM {
            assert!(began.elapsed() < Duration::from_secs(20), "no room is made");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for kept in [1, 40] {
            while verified(&db, org).await.len() < kept {
                append(&db, org).await.unwrap();
            }
            let copy = tempfile::tempdir().unwrap();
            let again = as_if_stopped(&bench, &folder, copy.path());
            assert_eq!(verified(&again, org).await.len(), kept);
            append(&again, org).await.unwrap();
            assert_eq!(verified(&again, org).await.len(), kept + 1);
        }
    });
}
