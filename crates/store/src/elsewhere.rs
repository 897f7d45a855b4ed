//! Roles of PostgreSQL servers that are not ours: the passwords that the vault rotates.
//!
//! The server is given a SCRAM verifier (RFC 5803) instead of the password, so that no statement log of it can hold one.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};

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

const PATIENCE: Duration = Duration::from_secs(20);

impl Role {
    /// Whether the role can sign in with this password.
    pub async fn sign_in(&self, password: &str) -> Result<(), Refusal> {
        self.with(password, async |_| Ok(())).await
    }

    /// Changes the role's password, as the role itself. Telling it the same twice does no harm.
    pub async fn set_password(&self, present: &str, new: &str) -> Result<(), Refusal> {
        // Letters, digits and `$:+/=-`: nothing in it ends the literal.
        let verifier = postgres_protocol::password::scram_sha_256(new.as_bytes());
        if verifier.contains(['\'', '\\']) {
            return Err(Refusal::Statement);
        }
        let statement = format!("alter role current_user password '{verifier}'");
        self.with(present, async |client| client.batch_execute(&statement).await).await
    }

    async fn with(
        &self,
        password: &str,
        work: impl AsyncFnOnce(&Client) -> Result<(), Error>,
    ) -> Result<(), Refusal> {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).dbname(&self.database).user(&self.user).password(password);
        config.connect_timeout(PATIENCE).application_name("chancery");
        let told = async {
            if self.tls {
                let connector =
                    tls::Connector::new(self.roots.as_deref()).map_err(|_| Refusal::Unreachable)?;
                let (client, line) =
                    config.ssl_mode(SslMode::Require).connect(connector).await.map_err(refusal)?;
                driven(line, work(&client)).await
            } else {
                let (client, line) =
                    config.ssl_mode(SslMode::Disable).connect(NoTls).await.map_err(refusal)?;
                driven(line, work(&client)).await
            }
        };
        tokio::time::timeout(PATIENCE, told).await.unwrap_or(Err(Refusal::Unreachable))
    }
}

/// A connection carries what its client says for as long as it is polled.
async fn driven(
    line: impl Future<Output = Result<(), Error>>,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Refusal> {
    tokio::select! {
        done = work => done.map_err(|_| Refusal::Statement),
        _ = line => Err(Refusal::Unreachable),
    }
}

fn refusal(error: Error) -> Refusal {
    let refused = [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION];
    if error.code().is_some_and(|code| refused.contains(code)) {
        Refusal::Password
    } else {
        Refusal::Unreachable
    }
}
