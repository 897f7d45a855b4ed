//! `audit export` and `audit verify`, `backup` and `restore`: each way to falsify a log is named, with its first bad entry.

use std::path::Path;

use crate::program::{LOGIN, PASSWORD, home, port, run, serve};
use chancery_testkit::Browser;

/// Each is a line in the organization's log.
async fn sign_ins(issuer: &str, count: usize) {
    for _ in 0..count {
        let done = Browser::new(issuer).unwrap().sign_in(LOGIN, PASSWORD).await.unwrap();
        assert_eq!(done.status, 303);
    }
}

fn export(home: &Path, folder: &str, to: &str) -> Vec<String> {
    run(home, &["audit", "export", "--database", folder, "--org", "corp", "--out", to], 0);
    std::fs::read_to_string(home.join(to)).unwrap().lines().map(str::to_owned).collect()
}

/// Where the entry with this number stands.
fn at(lines: &[String], seq: usize) -> usize {
    lines.iter().position(|line| line.ends_with(&format!(",\"seq\":{seq}}}"))).unwrap()
}

/// The last checkpoint of an export, as somebody would keep it.
fn last_checkpoint(lines: &[String]) -> String {
    let line = lines.iter().rfind(|line| line.starts_with("{\"checkpoint\":")).unwrap();
    let read: serde_json::Value = serde_json::from_str(line).unwrap();
    read.get("checkpoint").and_then(|note| note.as_str()).unwrap().to_owned()
}

/// Verifies these lines: they have to be refused as this, at this entry.
fn refused(home: &Path, lines: &[String], more: &[&str], wanted: &str) {
    std::fs::write(home.join("forged"), lines.join("\n") + "\n").unwrap();
    let told = run(home, &[&["audit", "verify", "forged"], more].concat(), 1);
    assert!(told.starts_with(&format!("NOT VERIFIED: {wanted}")), "{wanted}: {told}");
    assert!(told.lines().count() >= 2, "and what it means: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_eight_ways_to_falsify_a_log_is_named_with_its_first_bad_entry() {
    let (_kept, home) = home();
    let mut one = serve(&home, "one", port()).await;
    sign_ins(&one.issuer, 12).await;
    // Beside the running server, both of them.
    let key = run(&home, &["keys", "log", "--database", "one"], 0);
    run(&home, &["backup", "copy.db", "--database", "one"], 0);
    sign_ins(&one.issuer, 6).await;
    assert!(one.server.is_up());
    let huge = one.server.status("THP_enabled");
    assert_ne!(huge.as_deref(), Some("1"), "a server without relationships takes small pages");
    assert_eq!(one.server.stop(), Some(0));
    let lines = export(&home, "one", "one.log");
    std::fs::write(home.join("key"), &key).unwrap();
    std::fs::write(home.join("kept"), last_checkpoint(&lines)).unwrap();
    for trust in [&["--key", "key"], &["--key", key.trim()], &["--checkpoint", "kept"]] {
        run(&home, &[&["audit", "verify", "one.log"], &trust[..]].concat(), 0);
    }

    let (five, six) = (at(&lines, 5), at(&lines, 6));
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut forged = lines.clone();
        change(&mut forged);
        forged
    };
    let flipped = changed(&|all| all[five] = all[five].replacen("\"kind\":\"", "\"kind\":\"x", 1));
    refused(&home, &flipped, &[], "flipped at entry 5\n");
    refused(&home, &changed(&|all| drop(all.remove(five))), &[], "deleted at entry 5\n");
    refused(&home, &changed(&|all| all.swap(five, six)), &[], "reordered at entry 5\n");
    refused(&home, &changed(&|all| all.insert(six, lines[five].clone())), &[], "inserted at entry 5\n");
    refused(&home, &changed(&|all| all.truncate(six)), &[], "truncated at entry 6\n");

    // Somebody puts an old backup back, and what came after it is gone.
    run(&home, &["restore", "copy.db", "--database", "two"], 0);
    std::fs::copy(home.join("one/master.key"), home.join("two/master.key")).unwrap();
    let short = export(&home, "two", "two.log");
    run(&home, &["audit", "verify", "two.log", "--key", "key"], 0);
    let size = short.iter().filter(|line| !line.starts_with('{')).count();
    refused(&home, &short, &["--checkpoint", "kept"], &format!("rolled_back at entry {}–", size + 1));
    // And goes on from there as if nothing had been.
    let two = serve(&home, "two", port()).await;
    sign_ins(&two.issuer, 20).await;
    assert_eq!(two.server.stop(), Some(0));
    let other = export(&home, "two", "two.log");
    run(&home, &["audit", "verify", "two.log", "--key", "key"], 0);
    refused(&home, &other, &["--checkpoint", "kept"], "forked at entry ");
    // A log of somebody else's making, under the same name.
    let stranger = run(&home, &["keys", "log", "--database", "three"], 0);
    assert_ne!(stranger, key);
    refused(&home, &lines, &["--key", stranger.trim()], "replaced_key at entry ");
}

/// Whoever exports need not know what the server is called, and a server that is called otherwise later has the same log.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_keeps_its_name_and_whoever_kept_its_key_can_verify_it() {
    let (_kept, home) = home();
    let one = serve(&home, "one", port()).await;
    sign_ins(&one.issuer, 3).await;
    let key = run(&home, &["keys", "log", "--database", "one"], 0);
    assert_eq!(one.server.stop(), Some(0));
    let export = ["audit", "export", "--database", "one", "--org", "corp", "--out", "named.log"];
    for named in [&[][..], &["--issuer", "https://id.example.com"]] {
        run(&home, &[&export[..], named].concat(), 0);
        run(&home, &["audit", "verify", "named.log", "--key", key.trim()], 0);
    }
    let moved = serve(&home, "one", port()).await;
    sign_ins(&moved.issuer, 3).await;
    assert_eq!(run(&home, &["keys", "log", "--database", "one"], 0), key);
    assert_eq!(moved.server.stop(), Some(0));
    run(&home, &export, 0);
    run(&home, &["audit", "verify", "named.log", "--key", key.trim()], 0);
}
