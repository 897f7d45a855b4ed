//! No credential that was handed out is found again: not in the database, not in the log of evidence, not in what the
//! server tells its operator, not in what it answers.

mod flows;
mod prints;
mod scan;

use std::path::Path;

use crate::nodes::cluster::Cluster;
use crate::nodes::url_on;
use crate::world::World;
use chancery_testkit::watch::CANARY;
use chancery_testkit::{Kit, PASSWORD, journal};
use flows::Purse;
use scan::Scan;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_out_is_found_nowhere_again() {
    let journal = journal::open();
    let mut w = World::start().await;
    let purse: Purse = flows::all(&mut w).await;
    let told = journal.close();
    let scan = Scan::of(&purse.secrets);
    assert!(purse.secrets.len() > 35, "{} credentials", purse.secrets.len());
    // That the scan finds what is there.
    for (name, secret) in &purse.secrets {
        let shown = format!("some text {secret} goes on");
        assert_eq!(scan.find(shown.as_bytes()).as_deref(), Some(name.as_str()));
    }
    for (name, bytes) in flows::stored(&w) {
        scan.assert_clean(&name, &bytes);
    }
    assert!(told.len() > 10_000, "the journal of the operator has only {} bytes", told.len());
    scan.assert_clean("the operator's journal", &told);
    assert!(purse.backup.len() > 100_000, "the backup has only {} bytes", purse.backup.len());
    scan.assert_clean("a backup", &purse.backup);
    scan.assert_clean("the export of the log", &purse.export);
    assert!(purse.shown.len() > 100, "{} answers", purse.shown.len());
    for (name, text) in &purse.shown {
        scan.assert_unseen(name, text.as_bytes());
    }
}

/// With what the server keeps there of deleted rows, in its own log of changes and in what it says. Long values may be
/// compressed there: that nothing of them stands in clear is what the copy above shows.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_out_is_in_no_file_of_postgresql_either() {
    let Some(cluster) = tokio::task::block_in_place(Cluster::start) else { return };
    let url = tokio::task::block_in_place(|| url_on(&cluster));
    let kit = Kit::start_with(|config| config.database.location = url).await.unwrap();
    let mut w = World::on(kit).await;
    let purse = flows::all(&mut w).await;
    // Words that people chose are looked for whole: PostgreSQL's own texts speak of passwords too.
    let (mut phrases, made): (Vec<_>, Vec<_>) =
        purse.secrets.into_iter().partition(|(_, secret)| secret.contains(' '));
    phrases.extend([CANARY, PASSWORD].map(|known| (known.to_owned(), known.to_owned())));
    let scan = Scan::of(&made);
    let known = cluster.url("postgres");
    tokio::task::block_in_place(|| cluster.ask(&known, "checkpoint"));
    let folder = known.split(' ').find_map(|pair| pair.strip_prefix("host=")).unwrap();
    let (mut files, mut seen) = (0, 0);
    for_each_file(Path::new(folder), &mut |path, bytes| {
        let place = path.display().to_string();
        scan.assert_unseen(&place, bytes);
        for (name, phrase) in &phrases {
            assert!(!stands(bytes, phrase.as_bytes()), "{name} stands in {place}");
        }
        (files, seen) = (files + 1, seen + usize::from(stands(bytes, b"alice@corp.example")));
    });
    assert!(files > 100 && seen > 1, "the database is there: {files} files, {seen} with a login");
}

fn stands(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// All below a folder but the templates that new databases are made of.
fn for_each_file(folder: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let template = ["base/1", "base/4", "base/5"].iter().any(|name| path.ends_with(name));
        match std::fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() && !template => for_each_file(&path, look),
            kind if kind.is_file() => look(&path, &std::fs::read(&path).unwrap()),
            _ => {}
        }
    }
}
