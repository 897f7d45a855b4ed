//! Where the server is, and on which terms it is spoken to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

use super::fault::{fault, trouble};
use super::line::Line;
use crate::driver::tls;
use crate::fault::DbFault;

/// A node that hangs must not hold the heads of logs for longer than this: the server then ends its transaction. The
/// server gives up before the client does, so that silence means what it says. Every join here goes by a key; no other plan
/// may look better because nobody has counted the rows of a table yet.
const LIMITS: &str = "set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '10s'; \
     set statement_timeout = '15s'; set synchronous_commit = on; set client_min_messages = warning; \
     set enable_hashjoin = off; set enable_mergejoin = off;";

const MALFORMED: &str =
    "the PostgreSQL URL is malformed: write postgres://user:password@host/database?sslmode=require";
const UNPROTECTED: &str = "this PostgreSQL is on another machine, and the URL does not say how to speak to it: end it with \
     ?sslmode=require for an encrypted connection to a server with a valid certificate, or with ?sslmode=disable where \
     passwords and data may cross the network in plain text";

/// Where the server is, and whom to trust for its certificate.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    roots: Option<PathBuf>,
    patience: Duration,
}

impl Server {
    pub(crate) fn parse(url: &str, roots: Option<PathBuf>, patience: Duration) -> Result<Self, DbFault> {
        // The parser's message may quote the URL, and the URL may hold a password.
        let mut config: Config = known_modes(url)?.parse().map_err(|_| DbFault::open(MALFORMED))?;
        if config.get_ssl_mode() == SslMode::Prefer && !is_local(&config) {
            return Err(DbFault::open(UNPROTECTED));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("chancery");
        }
        Ok(Self { config, roots, patience })
    }

    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn connect(&self) -> Result<Line, DbFault> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| DbFault::open(format!("no runtime: {e}")))?;
        // For the whole greeting: the driver's own limit ends where the network's connection begins.
        let limit = self.config.get_connect_timeout().copied().unwrap_or(self.patience);
        let silent = || DbFault::unavailable("PostgreSQL does not answer");
        let told = |e| fault("connect", &e);
        let mut line = if self.config.get_ssl_mode() == SslMode::Require {
            let tls = tls::Connector::new(self.roots.as_deref())?;
            let opened = runtime.block_on(async { timeout(limit, self.config.connect(tls)).await });
            let (client, connection) = opened.map_err(|_| silent())?.map_err(told)?;
            Line::new(runtime, client, connection)
        } else {
            let opened = runtime.block_on(async { timeout(limit, self.config.connect(NoTls)).await });
            let (client, connection) = opened.map_err(|_| silent())?.map_err(told)?;
            Line::new(runtime, client, connection)
        };
        say(&mut line, LIMITS, limit)?;
        Ok(line)
    }
}

fn say(line: &mut Line, text: &str, limit: Duration) -> Result<(), DbFault> {
    let Some((client, drive)) = line.halves() else { return Ok(()) };
    drive.wait(Some(limit), client.batch_execute(text)).map_err(|e| trouble("connect", &e))
}

/// `verify-full` is what `require` means here, and the parser does not know the word.
fn known_modes(url: &str) -> Result<String, DbFault> {
    let (before, options) = url.split_once('?').unwrap_or(("", url));
    let mode = options.split(['&', ' ']).find_map(|option| option.trim().strip_prefix("sslmode="));
    match mode {
        Some("verify-full") => {
            let options = options.replace("sslmode=verify-full", "sslmode=require");
            Ok(if before.is_empty() { options } else { format!("{before}?{options}") })
        }
        None | Some("disable" | "prefer" | "require") => Ok(url.to_owned()),
        Some(_) => Err(DbFault::open(
            "sslmode is require or verify-full, which are the same here (encrypted, and certificate and name verified), \
             or disable",
        )),
    }
}

/// Whether no byte to any of its hosts leaves this machine.
fn is_local(config: &Config) -> bool {
    let named = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let name = name.trim_start_matches('[').trim_end_matches(']');
            name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    };
    // Where an address is given, it is the one that is dialed.
    let addresses = config.get_hostaddrs();
    if addresses.is_empty() {
        config.get_hosts().iter().all(named)
    } else {
        addresses.iter().all(IpAddr::is_loopback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<SslMode, String> {
        let server = Server::parse(url, None, Duration::from_secs(1));
        server.map(|server| server.config.get_ssl_mode()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn another_machine_is_spoken_to_in_plain_text_only_where_the_url_says_so() {
        for url in [
            "postgres://u:p@db.example/d",
            "postgres://u:p@192.0.2.7/d",
            "postgres://u:p@[2001:db8::7]/d",
            "postgres://u:p@db.example/d?sslmode=prefer",
            "postgres://u:p@localhost,db.example/d",
            "postgres://u:p@localhost/d?hostaddr=192.0.2.7",
            "host=db.example user=u password=p",
        ] {
            let refused = parse(url).expect_err(url);
            assert!(refused.contains("sslmode=require") && refused.contains("sslmode=disable"), "{refused}");
            assert!(!refused.contains("u:p"), "{refused}");
        }
        assert_eq!(parse("postgres://u:p@db.example/d?sslmode=disable"), Ok(SslMode::Disable));
        assert_eq!(parse("postgres://u:p@db.example/d?sslmode=require"), Ok(SslMode::Require));
    }

    #[test]
    fn what_stays_on_this_machine_needs_no_encryption() {
        for url in [
            "postgres://u@localhost/d",
            "postgres://u@LOCALHOST/d",
            "postgres://u@127.0.0.1/d",
            "postgres://u@127.9.9.9/d",
            "postgres://u@[::1]/d",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/d",
            "host=/tmp/x port=5432 user=postgres dbname=d",
        ] {
            assert_eq!(parse(url), Ok(SslMode::Prefer), "{url}");
        }
    }

    #[test]
    fn verify_full_is_require_and_other_modes_are_refused_with_their_mend() {
        assert_eq!(parse("postgres://u@h/d?sslmode=verify-full"), Ok(SslMode::Require));
        assert_eq!(parse("postgres://u@h/d?connect_timeout=3&sslmode=verify-full"), Ok(SslMode::Require));
        assert_eq!(parse("host=h user=u sslmode=verify-full"), Ok(SslMode::Require));
        for mode in ["verify-ca", "allow", "required", ""] {
            let refused = parse(&format!("postgres://u:p@h/d?sslmode={mode}")).expect_err(mode);
            assert!(refused.contains("verify-full") && !refused.contains("u:p"), "{refused}");
        }
    }
}
