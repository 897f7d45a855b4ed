//! `chancery demo`: the stories, against a server of their own.

use std::fs::DirBuilder;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;

use anyhow::Context;
use chancery_demo::Options;
use clap::Args;

use crate::config::{Config, Database, Issuer, Tls};
use crate::server::Server;

#[derive(Debug, Args)]
pub struct Demo {
    /// Tell every story once, check what comes of it, and exit: 0 if all went as told
    #[arg(long)]
    once: bool,
}

impl Demo {
    /// A fresh server on a free port of this machine, with a data directory that goes when the demo ends.
    pub async fn run(self, mut config: Config) -> anyhow::Result<bool> {
        let folder = std::env::temp_dir().join(format!("chancery-demo-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder).with_context(|| folder.display().to_string())?;
        config.database = Database { location: folder.display().to_string(), ..Database::default() };
        config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
        // The stories are told over plain HTTP on loopback, whatever this machine's own server is called.
        (config.issuer, config.tls) = (Issuer::default(), Tls::default());
        let told = self.tell(config).await;
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        told
    }

    async fn tell(self, config: Config) -> anyhow::Result<bool> {
        let running = Server::new(config).start().await?;
        let outcome = chancery_demo::run(Options {
            issuer: running.issuer.clone(),
            setup_link: running.setup_link.clone().context("a fresh server prints a setup link")?,
            once: self.once,
            color: color_wanted(),
            out: Box::new(std::io::stdout()),
            program: std::env::current_exe()?,
        })
        .await?;
        running.stop().await;
        Ok(outcome.all_as_told())
    }
}

/// Colors where a person looks and has not asked for none (no-color.org).
#[expect(clippy::disallowed_methods, reason = "how the terminal looks is no setting of the server")]
fn color_wanted() -> bool {
    let (none, term) = (std::env::var("NO_COLOR").ok(), std::env::var("TERM").ok());
    chancery_demo::color_wanted(none.as_deref(), term.as_deref(), std::io::stdout().is_terminal())
}
