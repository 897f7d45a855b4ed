//! Every manipulation an export can suffer, naive and with the hashes recomputed, and what is found.

mod forge;

use proptest::prelude::*;

use super::{Anchor, Finding, FindingKind as Kind, Report, VerifyOptions, in_blocks, verify};
use crate::samples::{NOON, Pen};
use forge::{Export, Story, found, log};

fn trusting() -> VerifyOptions {
    VerifyOptions { trusted_key: Some(Pen::new("id.example", 1).key()), ..VerifyOptions::default() }
}

fn knowing(size: u64) -> VerifyOptions {
    VerifyOptions { older_checkpoint: Some(log(500).note(size)), ..VerifyOptions::default() }
}

fn good(export: &Export, options: VerifyOptions) -> Report {
    told(export.text().as_bytes(), &options).unwrap_or_else(|finding| panic!("{finding}"))
}

/// The verdict, which is the same however the lines are cut into blocks and however many threads look at them. Blocks
/// of one byte are never sound, so that everything is read line by line.
fn told(text: &[u8], options: &VerifyOptions) -> Result<Report, Finding> {
    let judged = in_blocks(text, options.clone(), 1);
    for (size, helpers) in [(super::blocks::BLOCK, 0), (900, 0), (3_000, 2)] {
        assert_eq!(
            in_blocks(text, VerifyOptions { helpers, ..options.clone() }, size),
            judged,
            "{size} {helpers}"
        );
    }
    judged
}

#[test]
fn an_untouched_export_is_good_and_the_report_says_what_that_rests_on() {
    let export = log(500);
    let report = good(&export, trusting());
    assert_eq!((report.entries, report.checkpoints, report.last.size), (500, 5, 500));
    assert_eq!((report.anchor, report.continues), (Anchor::TrustedKey, None));
    assert_eq!(good(&export, VerifyOptions::default()).anchor, Anchor::Nothing);
    for size in [0, 1, 100, 350, 499, 500] {
        let report = good(&export, knowing(size));
        assert_eq!((report.anchor, report.continues), (Anchor::OlderCheckpoint, Some(size as i64)));
        assert!(
            report.lines().iter().any(|line| line.contains(&format!("older checkpoint of {size} entries")))
        );
    }
    assert_eq!(good(&Export::of(&Story { count: 0, ..Story::default() }), trusting()).entries, 0);
}

#[test]
fn a_flipped_byte_names_its_entry() {
    for seq in [1, 250, 500] {
        let export = log(500).entry_text(seq, |line| line.replacen("login", "lagin", 1));
        assert_eq!(found(&export, trusting()), (Kind::Flipped, seq, None));
    }
    let hash = log(500).line(250, |line| line.replacen(&line[..4], "AAAA", 1));
    assert_eq!(found(&hash, trusting()), (Kind::Flipped, 250, None));
    let number = log(500).line(250, |line| line.replacen("\"seq\":250", "\"seq\":251", 1));
    assert_eq!(found(&number, trusting()), (Kind::Flipped, 250, None));
}

#[test]
fn a_changed_entry_with_its_hash_recomputed_is_bounded_by_two_checkpoints() {
    for (seq, from, through) in [(1, 1, 100), (250, 201, 300), (300, 201, 300), (301, 301, 400)] {
        let export = log(500).entry_text(seq, |line| line.replacen("login", "lagin", 1)).rehashed();
        assert_eq!(found(&export, trusting()), (Kind::CheckpointMismatch, from, Some(through)));
    }
    // An older checkpoint narrows the stretch.
    let export = log(500).entry_text(320, |line| line.replacen("login", "lagin", 1)).rehashed();
    assert_eq!(found(&export, knowing(350)), (Kind::CheckpointMismatch, 301, Some(350)));
}

#[test]
fn deleted_entries_are_named() {
    assert_eq!(found(&log(500).without(1..=1), trusting()), (Kind::Deleted, 1, Some(1)));
    assert_eq!(found(&log(500).without(250..=253), trusting()), (Kind::Deleted, 250, Some(253)));
    assert_eq!(found(&log(500).without(101..=499), trusting()), (Kind::Deleted, 101, Some(499)));
}

#[test]
fn deleted_entries_with_the_rest_renumbered_are_bounded() {
    let export = log(500).without(250..=253).renumbered().rehashed();
    assert_eq!(found(&export, trusting()), (Kind::CheckpointMismatch, 201, Some(296)));
    // In the last stretch this cannot be told from a missing end.
    let export = log(500).without(450..=450).renumbered().rehashed();
    assert_eq!(found(&export, trusting()), (Kind::Truncated, 500, Some(500)));
}

#[test]
fn reordered_entries_are_told_from_deleted_ones() {
    assert_eq!(found(&log(500).moved(250, 251), trusting()), (Kind::Reordered, 250, None));
    assert_eq!(found(&log(500).moved(120, 480), trusting()), (Kind::Reordered, 120, None));
    assert_eq!(found(&log(500).moved(480, 120), trusting()), (Kind::Reordered, 120, None));
    let recomputed = log(500).moved(250, 251).renumbered().rehashed();
    assert_eq!(found(&recomputed, trusting()), (Kind::CheckpointMismatch, 201, Some(300)));
}

#[test]
fn inserted_entries_are_named() {
    let twice = log(500).inserted(250, 250).rehashed();
    assert_eq!(found(&twice, trusting()), (Kind::Inserted, 250, None));
    let old = log(500).inserted(17, 250).rehashed();
    assert_eq!(found(&old, trusting()), (Kind::Inserted, 17, None));
    let renumbered = log(500).inserted(17, 250).renumbered().rehashed();
    assert_eq!(found(&renumbered, trusting()), (Kind::CheckpointMismatch, 201, Some(301)));
}

#[test]
fn entries_that_no_checkpoint_covers_are_not_believed() {
    let export = log(500).appended().renumbered().rehashed().with_new_footer();
    assert_eq!(found(&export, trusting()), (Kind::Uncovered, 501, Some(501)));
    let export = log(500).without(451..=500).without_checkpoint(500).with_new_footer();
    assert_eq!(found(&export, trusting()), (Kind::Uncovered, 401, Some(450)));
    let export = Export::of(&Story { every: 0, ..Story::default() });
    assert_eq!(found(&export, trusting()), (Kind::Uncovered, 1, Some(500)));
}

#[test]
fn a_missing_end_is_found() {
    let text = log(500).text();
    let after =
        |seq: i64| text.find(&format!("\"seq\":{seq}}}\n")).unwrap() + format!("\"seq\":{seq}}}\n").len();
    let cut = |at: usize| verify(&text.as_bytes()[..at], trusting()).unwrap_err();
    assert_eq!((cut(after(250)).kind, cut(after(250)).seq), (Kind::Truncated, 251));
    assert_eq!((cut(after(250) + 100).kind, cut(after(250) + 100).seq), (Kind::Truncated, 251));
    assert_eq!((cut(after(500)).kind, cut(after(500)).seq), (Kind::Truncated, 501));
    assert_eq!((cut(text.len() - 1).kind, cut(0).kind), (Kind::Truncated, Kind::Truncated));

    assert_eq!(found(&log(500).without(491..=500), trusting()), (Kind::Truncated, 491, Some(500)));
    let shorter = log(500).without(401..=500).without_checkpoint(500);
    assert_eq!(found(&shorter, trusting()), (Kind::Truncated, 401, Some(500)));
    // Cut at a checkpoint, with a fitting footer: only an older checkpoint shows that there was more.
    let shorter = shorter.with_new_footer();
    assert_eq!(good(&shorter, trusting()).entries, 400);
    assert_eq!(found(&shorter, knowing(450)), (Kind::Truncated, 401, Some(450)));
}

#[test]
fn a_rolled_back_log_is_shorter_than_what_was_signed_before() {
    let restored = Export::of(&Story { count: 300, signed: NOON + 9_000_000, ..Story::default() });
    assert_eq!(good(&restored, trusting()).entries, 300);
    assert_eq!(found(&restored, knowing(400)), (Kind::RolledBack, 301, Some(400)));
}

#[test]
fn a_forked_log_has_another_beginning_than_what_was_signed_before() {
    let other = Export::of(&Story { login: "mallory", ..Story::default() });
    for size in [1, 350, 400, 500] {
        assert_eq!(good(&other, trusting()).entries, 500);
        assert_eq!(found(&other, knowing(size)), (Kind::Forked, 1, Some(size as i64)));
    }
}

#[test]
fn a_replaced_key_is_found() {
    let forged = Export::of(&Story { pen: 2, ..Story::default() });
    assert_eq!(found(&forged, trusting()), (Kind::ReplacedKey, 100, None));
    assert_eq!(found(&forged, knowing(100)), (Kind::ReplacedKey, 0, None));
    // Naming the good key beside the new one does not help.
    let both = Export::of(&Story { pen: 2, also_named: vec![1], ..Story::default() });
    assert_eq!(found(&both, knowing(100)), (Kind::ReplacedKey, 100, None));
    let rewritten = log(500).line(250, |line| line.replacen("login", "lagin", 1)).rehashed().resigned(2);
    assert_eq!(found(&rewritten, trusting()), (Kind::ReplacedKey, 100, None));
    assert_eq!(found(&rewritten, VerifyOptions::default()), (Kind::ReplacedKey, 100, None));
}

#[test]
fn a_signature_that_does_not_hold_is_found() {
    let rewritten = log(500).line(250, |line| line.replacen("login", "lagin", 1)).rehashed();
    let patched = rewritten.with_patched_checkpoints();
    assert_eq!(found(&patched, trusting()), (Kind::BadSignature, 300, None));
    let older = log(500).note(100).replacen("\n100\n", "\n101\n", 1);
    let options = VerifyOptions { older_checkpoint: Some(older), ..trusting() };
    assert_eq!(found(&log(500), options), (Kind::BadSignature, 0, None));
}

#[test]
fn checkpoints_of_another_log_prove_nothing() {
    let other = Export::of(&Story { host: "other.example", ..Story::default() });
    let older = VerifyOptions { older_checkpoint: Some(other.note(100)), ..trusting() };
    assert_eq!(found(&log(500), older), (Kind::OtherLog, 0, None));
    let mixed = log(500).with_checkpoint_of(&other, 300);
    assert_eq!(found(&mixed, trusting()), (Kind::OtherLog, 300, None));
}

#[test]
fn checkpoint_lines_may_not_be_moved() {
    let moved = log(500).with_checkpoint_of(&log(500).clone_with(400), 300);
    assert_eq!(found(&moved, trusting()), (Kind::CheckpointMismatch, 201, Some(300)));
    let earlier = log(500).with_checkpoint_of(&log(500).clone_with(100), 300);
    assert_eq!(found(&earlier, trusting()).0, Kind::CheckpointMismatch);
}

#[test]
fn what_is_no_line_of_the_format_is_refused() {
    let nonsense = [
        (log(500).line(250, |_| "{\"hello\":1}\n".into()), 250),
        (log(500).line(250, |_| "hello\n".into()), 250),
        (log(500).line(250, |_| "\n".into()), 250),
        (log(500).line(250, |line| line.replacen(' ', "  ", 1)), 250),
        (log(500).line(250, |line| line.replacen("\"seq\":250}", "\"sec\":250}", 1)).rehashed(), 250),
        (log(500).header(|line| line.replacen("log-v1", "log-v9", 1)), 0),
        (log(500).header(|line| line.replacen("\"first_seq\":1", "\"first_seq\":2", 1)), 0),
    ];
    for (export, seq) in nonsense {
        let (kind, at, _) = found(&export, trusting());
        // A doubled space shifts the line, so that it no longer fits its hash.
        assert!(matches!(kind, Kind::Malformed | Kind::Flipped), "{kind}");
        assert_eq!(at, seq);
    }
    let more = format!("{}more\n", log(500).text());
    assert_eq!(verify(more.as_bytes(), trusting()).unwrap_err().kind, Kind::Malformed);
    let older = VerifyOptions { older_checkpoint: Some("hello".into()), ..trusting() };
    assert_eq!(found(&log(500), older), (Kind::Malformed, 0, None));
}

#[test]
fn a_changed_header_is_found_by_the_footer() {
    let export = log(500).header(|line| line.replacen("\"exported_at\":1", "\"exported_at\":2", 1));
    assert_eq!(found(&export, trusting()), (Kind::Flipped, 0, None));
}

#[test]
fn every_finding_says_what_it_means_and_what_to_do() {
    for kind in Kind::ALL {
        assert!(kind.meaning().ends_with('.') && kind.meaning().len() > 40, "{kind}");
    }
    let finding = verify(log(500).without(250..=253).text().as_bytes(), trusting()).unwrap_err();
    assert!(finding.to_string().starts_with("Entries 250 to 253 are missing; entry 254 follows at once. "));
}

#[test]
fn every_byte_of_an_export_counts() {
    let text = Export::of(&Story { count: 3, every: 2, ..Story::default() }).text().into_bytes();
    for at in 0..text.len() {
        let mut flipped = text.clone();
        flipped[at] ^= 1;
        for options in [trusting(), VerifyOptions::default()] {
            assert!(verify(flipped.as_slice(), options).is_err(), "byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_single_flipped_byte_is_found(pick in any::<usize>(), flip in 1u8..=255) {
        let mut text = Export::of(&Story { count: 20, every: 7, ..Story::default() }).text().into_bytes();
        let at = pick % text.len();
        text[at] ^= flip;
        prop_assert!(told(text.as_slice(), &trusting()).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(told(bytes.as_slice(), &trusting()).is_err());
    }
}
