//! No credential that was handed out is found again: not in the database, not in the log of evidence, not in what the
//! server tells its operator, not in what it answers.

mod flows;
mod prints;
mod scan;

use crate::world::World;
use chancery_testkit::journal;
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
