//! `chancery` as a process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use chancery_testkit::Browser;

pub const LOGIN: &str = "ada@corp.example";
pub const PASSWORD: &str = "correct horse battery staple";

/// The program with nobody's settings but those given here, and a home of its own.
pub fn chancery(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
    command.args(arguments).env_clear().env("HOME", home).env("TMPDIR", home).current_dir(home);
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end: what it printed. The exit code has to be this one.
pub fn run(home: &Path, arguments: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = chancery(home, arguments).output().unwrap();
    let told = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(status.code(), Some(code), "{arguments:?}: {told}");
    told
}

/// A program that goes on, and whose lines are read as they come.
pub struct Going {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Going {
    pub fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut command = chancery(home, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Reads on to the first line that has this, and gives it.
    pub fn line_with(&mut self, wanted: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended without `{wanted}`: {all}");
            if line.contains(wanted) {
                return line.trim().to_owned();
            }
            all.push_str(&line);
        }
    }

    /// What the system says of it.
    pub fn status(&self, name: &str) -> Option<String> {
        let all = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        all.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()))
    }

    pub fn is_up(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Tells it to end, as a supervisor does: its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of the program's own, with an organization.
pub struct Served {
    pub server: Going,
    pub issuer: String,
    pub browser: Browser,
}

/// Serves a folder of `home` that has an organization by now, and signs its administrator in.
pub async fn serve(home: &Path, folder: &str, port: u16) -> Served {
    let listen = format!("127.0.0.1:{port}");
    let fresh = !home.join(folder).join("chancery.db").exists();
    let mut server = Going::start(home, &["serve", "--database", folder, "--listen", &listen]);
    let issuer = format!("http://{listen}");
    if fresh {
        let link = server.line_with("/setup/");
        found(&issuer, link.strip_prefix(&issuer).unwrap()).await;
    }
    let browser = signed_in(&issuer).await;
    Served { server, issuer, browser }
}

/// Goes through the one-time link, and finds that it was one.
async fn found(issuer: &str, path: &str) {
    let mut browser = Browser::new(issuer).unwrap();
    let page = browser.get(path).await.unwrap();
    let typed = [
        ("title", "Corp"),
        ("slug", "corp"),
        ("login", LOGIN),
        ("email", LOGIN),
        ("display_name", "Ada"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    assert_eq!(browser.submit(&page, path, &typed).await.unwrap().status, 303);
    let again = Browser::new(issuer).unwrap().get(path).await.unwrap();
    assert!(again.status >= 400 && !again.body.contains("name=\"password_again\""), "{}", again.status);
}

/// As soon as the server answers.
async fn signed_in(issuer: &str) -> Browser {
    for _ in 0..600 {
        let mut browser = Browser::new(issuer).unwrap();
        if let Ok(done) = browser.sign_in(LOGIN, PASSWORD).await {
            assert_eq!(done.status, 303, "{}", done.body);
            return browser;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{issuer} does not answer");
}

/// A port that was free a moment ago.
pub fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A new folder, and its path.
pub fn home() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}
