//! What the README tells an administrator to type: signing in, looking, stopping an agent, and reading why.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use chancery_testkit::Browser;

use crate::program::{chancery, home, port, run, serve};

/// `admin login`, with a browser in which the administrator is signed in.
async fn log_in(home: &Path, issuer: &str, browser: &mut Browser) {
    let mut command = chancery(home, &["admin", "login", "--server", issuer]);
    let mut login = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(login.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("/oauth2/authorize") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0);
    }
    let page = browser.get(line.trim().strip_prefix(issuer).unwrap()).await.unwrap();
    let page = match page.status {
        200 => browser.submit(&page, "/consent", &[("answer", "allow")]).await.unwrap(),
        _ => page,
    };
    let callback = page.location.unwrap();
    let (origin, path) = callback.split_at(callback.find("/callback").unwrap());
    assert_eq!(Browser::new(origin).unwrap().get(path).await.unwrap().status, 200);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(login.wait().unwrap().success(), "{rest}");
    assert!(rest.contains(&format!("Signed in to {issuer}")), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_registered_stopped_and_the_stop_explained_from_the_command_line() {
    let (_kept, home) = home();
    let mut served = serve(&home, "data", port()).await;
    let issuer = served.issuer.clone();
    log_in(&home, &issuer, &mut served.browser).await;
    let session = std::fs::metadata(home.join(".config/chancery/session.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&session.permissions()) & 0o077, 0);
    let admin = |words: &[&str]| run(&home, &[&["admin", "--json"], words].concat(), 0);
    let read = |words: &[&str]| -> serde_json::Value { serde_json::from_str(&admin(words)).unwrap() };
    let ada = read(&["users", "list"])[0]["id"].as_str().unwrap().to_owned();
    let owners = format!("owners:=[\"{ada}\"]");
    let made = read(&["agents", "create", "name=sales", "purpose=sells", &owners, &format!("sponsor={ada}")]);
    let agent = made["id"].as_str().unwrap().to_owned();
    assert!(run(&home, &["admin", "agents", "list"], 0).contains("sales"));
    admin(&["agents", "contain", &agent, "--reason", "reads what it should not"]);
    let twice = run(&home, &["admin", "agents", "contain", &agent, "--reason", "again"], 1);
    assert!(twice.contains("contained"), "{twice}");
    let events = read(&["events", "list", "kind=agent_contained"]);
    let event = events[0]["id"].as_str().unwrap().to_owned();
    let told = run(&home, &["explain", &event], 0);
    assert!(told.contains(&agent) && told.contains("reads what it should not"), "{told}");
    let whole: serde_json::Value =
        serde_json::from_str(&run(&home, &["explain", &event, "--json"], 0)).unwrap();
    assert_eq!(whole["event"]["id"], event.as_str(), "{whole}");
    admin(&["agents", "release", &agent, "--reason", "it was a mistake"]);
    let nobody = run(&home, &["explain", "evt_00000000000000000000000001"], 1);
    assert!(nobody.contains("404") || nobody.contains("no "), "{nobody}");
    // Beside the running server, as its operator.
    let data = ["--database", "data"];
    let link = run(&home, &[&["organizations", "create"], &data[..]].concat(), 0);
    assert!(link.contains(&format!("{issuer}/setup/")), "{link}");
    let refused = run(&home, &[&["setup-link"], &data[..]].concat(), 1);
    assert!(!refused.contains("/setup/"), "there is an administrator: {refused}");
    assert!(run(&home, &[&["organizations", "list"], &data[..]].concat(), 0).contains("corp"));
    assert!(run(&home, &[&["keys", "list"], &data[..]].concat(), 0).contains("ES256"));
    run(&home, &["admin", "logout"], 0);
    assert!(run(&home, &["admin", "agents", "list"], 1).contains("login"));
    assert_eq!(served.server.stop(), Some(0));
}

#[test]
fn what_is_typed_wrongly_is_told_with_its_mend() {
    let (_kept, home) = home();
    let cases: [(&[&str], i32, &str); 8] = [
        (&["serve", "--set", "listen.adress=x"], 1, "listen.adress"),
        (&["serve", "--listen", "0.0.0.0:0"], 1, "--issuer"),
        (&["serve", "--issuer", "http://id.example.com"], 1, "issuer.url"),
        (&["serve", "--set", "tls.certificate=missing.pem"], 1, "tls"),
        (&["audit", "verify", "missing.log"], 1, "missing.log"),
        (&["audit", "verify", "missing.log", "--key", "nonsense"], 1, "--key"),
        (&["restore", "missing.db", "--database", "data"], 1, "missing.db"),
        (&["dance"], 2, "dance"),
    ];
    for (arguments, code, wanted) in cases {
        let told = run(&home, arguments, code);
        assert!(told.contains(wanted) && !told.contains("panicked"), "{arguments:?}: {told}");
    }
}
