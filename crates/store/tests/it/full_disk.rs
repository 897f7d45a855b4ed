//! A full disk: writes are refused, nothing is lost, and service comes back by itself.

use std::process::Command;
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, Kind, OrgId};
use chancery_store::{Db, Location, Who};

use crate::fixture::{Bench, append, register, run, verified};

/// A large entry, so that the disk fills quickly.
async fn large(db: &Db, org: OrgId) -> Result<i64, Fault> {
    db.write(org, Who::SYSTEM, |tx| {
        let changed = (0..40).map(|n| Text::new(&format!("{n:0>400}"))).collect();
        let recorded = tx.record(Event::AgentUpdated { agent: tx.id(), changed, why: None, values: None });
        tx.outbox("large", serde_json::Value::String("x".repeat(2_000)));
        Ok(recorded.with(recorded.pos))
    })
    .await
}

/// A crowd is refused as one caller is, each by name.
async fn crowd_is_refused(db: &Db, org: OrgId) {
    let crowd: Vec<_> = (0..32)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { large(&db, org).await })
        })
        .collect();
    for one in crowd {
        assert_eq!(one.await.unwrap().unwrap_err().kind, Kind::Unavailable);
    }
}

/// Large entries until one is refused: how many were kept, and the refusal.
async fn fill(db: &Db, org: OrgId) -> (i64, Fault) {
    let mut kept = 0;
    loop {
        match large(db, org).await {
            Ok(pos) => {
                kept += 1;
                assert_eq!(pos, kept);
            }
            Err(fault) => return (kept, fault),
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room_again() {
    run(async {
        let mut bench = Bench::sqlite();
        bench.config.page_limit = Some(400);
        let db = bench.open();
        let org: OrgId = db.env().id();
        let (mut kept, refused) = fill(&db, org).await;
        assert!(kept > 20, "there was room at first: {kept}");
        assert_eq!(refused.kind, Kind::Unavailable);
        crowd_is_refused(&db, org).await;
        // Statements of closures meet the same wall, and hot facts stay what the database has.
        let mut n = 0;
        let refused = loop {
            n += 1;
            if let Err(fault) = register(&db, org, &format!("{n}-{}", "x".repeat(3_000))).await {
                break fault;
            }
            kept += 1;
        };
        assert_eq!(refused.kind, Kind::Unavailable);
        assert_eq!(db.hot().agents.of(org).count(), n - 1);
        let lines = verified(&db, org).await;
        assert_eq!(lines.len() as i64, kept, "reading goes on, and what was acknowledged is there");
        // Room again: nobody has to do anything.
        db.maintain(|sql| sql.rows("pragma max_page_count = 100000", &[])).await.unwrap();
        assert_eq!(large(&db, org).await.unwrap(), kept + 1);
        register(&db, org, "after").await.unwrap();
        assert_eq!(append(&db, org).await.unwrap(), kept + 3);
        assert_eq!(verified(&db, org).await.len() as i64, kept + 3);
        drop(db);
        bench.config.page_limit = None;
        assert_eq!(verified(&bench.open(), org).await.len() as i64, kept + 3);
    });
}

/// A file system of three megabytes, unmounted in the end; none where this user may not mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path()).output();
        if mount.is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        crate::cluster::say(
            "LESS: this user may not mount a small file system; that no file may grow is tried anyway",
        );
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

/// To the very end, by large entries and then by small ones: how many there are now.
async fn fill_to_the_end(db: &Db, org: OrgId, mut kept: i64) -> i64 {
    for small in [false, true] {
        let mut refusals = 0;
        while refusals < 20 {
            let written = if small { append(db, org).await } else { large(db, org).await };
            match written {
                Ok(pos) => {
                    kept += 1;
                    assert_eq!(pos, kept);
                }
                Err(fault) => {
                    assert_eq!(fault.kind, Kind::Unavailable, "{fault:?}");
                    refusals += 1;
                }
            }
        }
    }
    kept
}

#[test]
fn a_disk_without_a_byte_left_refuses_writes_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    run(async {
        let (mut bench, ballast) = (Bench::sqlite(), disk.0.path().join("ballast"));
        bench.config.location = Location::Sqlite(disk.0.path().join("chancery.db"));
        std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
        let db = bench.open();
        let org: OrgId = db.env().id();
        let mut kept = 0;
        for round in 0..3 {
            kept = fill_to_the_end(&db, org, kept).await;
            assert_eq!(verified(&db, org).await.len() as i64, kept, "round {round}");
            let room = std::fs::metadata(&ballast).unwrap().len();
            std::fs::write(&ballast, vec![1; usize::try_from(room).unwrap() - 300_000]).unwrap();
        }
        let mut tries = 0;
        while let Err(fault) = append(&db, org).await {
            tries += 1;
            assert!(tries < 100, "no service though there is room: {fault:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(kept > 30, "there was room at first: {kept}");
        drop(db);
        assert_eq!(verified(&bench.open(), org).await.len() as i64, kept + 1);
    });
}

/// No file of this process grows beyond that (setrlimit(2), `RLIMIT_FSIZE`); it may be raised again.
fn limit(most: &str) {
    let pid = std::process::id().to_string();
    let told = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={most}:")]).output();
    let told = told.expect("prlimit, of util-linux, sets the limit");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
fn where_no_file_may_grow_writes_are_refused_until_they_may_again() {
    let exe = std::env::current_exe().unwrap();
    // Unless it is ignored, the signal that tells of the limit ends the process.
    let done = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(exe)
        .args(["full_disk::a_process_whose_files_may_not_grow", "--exact", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
#[ignore = "run by the test above, as a process of its own: the limit holds for all of it"]
fn a_process_whose_files_may_not_grow() {
    run(async {
        let bench = Bench::sqlite();
        let db = bench.open();
        let org: OrgId = db.env().id();
        let mut kept = 0;
        for (round, most) in [3_000_000, 3_300_000, 5_000_000].into_iter().enumerate() {
            limit(&most.to_string());
            kept = fill_to_the_end(&db, org, kept).await;
            crowd_is_refused(&db, org).await;
            assert_eq!(verified(&db, org).await.len() as i64, kept, "round {round}");
        }
        assert!(kept > 30, "there was room at first: {kept}");
        limit("unlimited");
        assert_eq!(append(&db, org).await.unwrap(), kept + 1, "room again: nobody has to do anything");
        drop(db);
        assert_eq!(verified(&bench.open(), org).await.len() as i64, kept + 1);
    });
}
