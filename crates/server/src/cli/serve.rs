//! `chancery serve`.

use crate::config::Config;
use crate::server::Server;
use crate::{out, telemetry};

pub async fn run(config: Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    tracing::info!(database = %config.database.shown(), "opening");
    let running = Server::new(config).start().await?;
    tracing::info!(address = %running.address, issuer = %running.issuer, "serving");
    if let Some(link) = &running.setup_link {
        // On standard output alone: logs are kept and read by others.
        out::line(format_args!(
            "\nNobody administers this server yet. Open this link, once, to become the first:\n\n  {link}\n"
        ))?;
    }
    running.until_told().await
}
