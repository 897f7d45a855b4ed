//! Roles of PostgreSQL servers that are not ours: the passwords that the vault rotates.
//!
//! The server is given a SCRAM verifier (RFC 5803) instead of the password, so that no statement log of it can hold one.

use std::path::PathBuf;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use crate::driver::tls;

/// A role of a server, without its password.
#[derive(Clone, Debug)]
pub struct Role {
    pub host: String,
    pub port: u16,
    pub database: String,
    /// Encrypted, with the server's certificate and name verified.
    pub tls: bool,
    pub user: String,
    pub roots: Option<PathBuf>,
}

/// What went wrong, without what the server said: that may repeat what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Unreachable,
    Password,
    Statement,
}

impl Role {
    /// Whether the role can sign in with this password.
    pub fn sign_in(&self, password: &str) -> Result<(), Refusal> {
        self.connect(password).map(drop)
    }

    /// Changes the role's password, as the role itself. Telling it the same twice does no harm.
    pub fn set_password(&self, present: &str, new: &str) -> Result<(), Refusal> {
        let mut client = self.connect(present)?;
        // Letters, digits and `$:+/=`: nothing in it ends the literal.
        let verifier = postgres_protocol::password::scram_sha_256(new.as_bytes());
        if verifier.contains(['\'', '\\']) {
            return Err(Refusal::Statement);
        }
        let statement = format!("alter role current_user password '{verifier}'");
        client.batch_execute(&statement).map_err(|_| Refusal::Statement)
    }

    fn connect(&self, password: &str) -> Result<Client, Refusal> {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).dbname(&self.database).user(&self.user).password(password);
        config.connect_timeout(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(20));
        config.application_name("chancery");
        let connected = if self.tls {
            let connector = tls::Connector::new(self.roots.as_deref()).map_err(|_| Refusal::Unreachable)?;
            config.ssl_mode(tokio_postgres::config::SslMode::Require).connect(connector)
        } else {
            config.ssl_mode(tokio_postgres::config::SslMode::Disable).connect(NoTls)
        };
        connected.map_err(|error| {
            let refused = [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION];
            let password = error.code().is_some_and(|code| refused.contains(code));
            if password { Refusal::Password } else { Refusal::Unreachable }
        })
    }
}
