//! A throw-away PostgreSQL cluster from the server binaries found on this machine.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

/// Runs as the cluster's owner, takes orders on its standard input, and cleans up when that closes: whatever becomes
/// of the test process, no server is left behind.
const KEEPER: &str = r#"
set -e
cd "$DIR"
"$BIN/initdb" -D data -U postgres -A trust -N --no-locale -E UTF8 >init.log 2>&1
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$DIR'
port = 5432
fsync = off
max_connections = 200
log_min_messages = fatal
$EXTRA
CONF
"$BIN/pg_ctl" -D data -w -l server.log start >/dev/null </dev/null
echo ready
start() {
  tries=0
  # A server that was killed leaves processes which notice that in a moment.
  until "$BIN/pg_ctl" -D data -w -l server.log start >/dev/null 2>&1 </dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ]
    sleep 0.1
  done
}
while read -r order; do
  case "$order" in
    stop) "$BIN/pg_ctl" -D data -w -m immediate stop >/dev/null </dev/null ;;
    kill) kill -9 "$(head -n 1 data/postmaster.pid)" ;;
    start) start ;;
  esac
  echo ready
done
"$BIN/pg_ctl" -D data -w -m immediate stop >/dev/null 2>&1 </dev/null || true
rm -rf "$DIR"
"#;

pub struct Cluster {
    folder: PathBuf,
    orders: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    databases: AtomicU32,
    _keeper: Child,
}

/// The cluster that tests share; none where there are no server binaries.
static SHARED: LazyLock<Option<Cluster>> = LazyLock::new(Cluster::start);

#[expect(
    clippy::disallowed_methods,
    reason = "a test run is told by its environment that PostgreSQL must be there"
)]
fn required() -> bool {
    std::env::var("CHANCERY_REQUIRE_POSTGRES").is_ok_and(|v| !v.is_empty() && v != "0")
}

fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

/// Loudly: what a test prints in the usual way is shown only if it fails.
pub fn say(words: &str) {
    writeln!(std::io::stderr(), "\n{words}").unwrap();
}

impl Cluster {
    pub fn shared() -> Option<&'static Self> {
        SHARED.as_ref()
    }

    /// A cluster of one's own, for tests that stop it.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| String::new())
    }

    /// With further lines in its configuration, after files were put into its folder.
    pub fn start_with(prepare: impl FnOnce(&Path) -> String) -> Option<Self> {
        let Some(bin) = binaries() else {
            assert!(!required(), "CHANCERY_REQUIRE_POSTGRES is set, and /usr/lib/postgresql holds no server");
            say("SKIPPED: no PostgreSQL server binaries under /usr/lib/postgresql");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("chancery-pg-").tempdir().unwrap().keep();
        let extra = prepare(&folder);
        let mut keeper = as_owner(&folder);
        keeper
            .env("EXTRA", extra)
            .env("BIN", bin)
            .env("DIR", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut keeper = keeper.spawn().unwrap();
        let orders = keeper.stdin.take().unwrap();
        let answers = BufReader::new(keeper.stdout.take().unwrap());
        let cluster = Self {
            folder,
            orders: Mutex::new((orders, answers)),
            databases: AtomicU32::new(0),
            _keeper: keeper,
        };
        cluster.wait();
        Some(cluster)
    }

    fn wait(&self) {
        let mut line = String::new();
        self.orders.lock().unwrap().1.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "the throw-away cluster failed; see {}", self.folder.display());
    }

    fn order(&self, order: &str) {
        writeln!(self.orders.lock().unwrap().0, "{order}").unwrap();
        self.wait();
    }

    /// As a crash would: no connection is told, nothing is flushed.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// SIGKILL to the server, which can neither tell nor flush anything.
    pub fn kill(&self) {
        self.order("kill");
    }

    /// Waits until nobody but the one who asks is connected to a database.
    pub fn wait_until_left(&self, url: &str) {
        const OTHERS: &str = "select count(*) from pg_stat_activity \
            where datname = current_database() and pid <> pg_backend_pid()";
        for _ in 0..500 {
            if self.ask(url, OTHERS) == [["0"]] {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("somebody stays connected to {url}");
    }

    pub fn restart(&self) {
        self.order("start");
    }

    pub fn url(&self, database: &str) -> String {
        format!("host={} port=5432 user=postgres dbname={database}", self.folder.display())
    }

    /// A fresh database, as a connection string.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.ask(&self.url("postgres"), &format!("create database {name}"));
        self.url(&name)
    }

    /// Runs statements outside of everything that is tested, and returns their rows.
    pub fn ask(&self, url: &str, text: &str) -> Vec<Vec<String>> {
        let (url, text) = (url.to_owned(), text.to_owned());
        // The synchronous driver must not run inside the test's runtime.
        let asked = std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            let said = client.simple_query(&text).unwrap();
            said.iter()
                .filter_map(|message| match message {
                    postgres::SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|i| row.get(i).unwrap_or("null").to_owned()).collect())
                    }
                    _ => None,
                })
                .collect()
        });
        asked.join().unwrap()
    }
}

/// PostgreSQL refuses to run as root.
fn as_owner(folder: &Path) -> Command {
    let root = std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"));
    let mut command = if root {
        let owned = Command::new("chown").args(["-R", "postgres"]).arg(folder).status().unwrap();
        assert!(owned.success(), "running as root, and there is no user `postgres`");
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", KEEPER]);
    command
}
