//! The running server, as `chancery serve`, the demo and the tests start it.

use std::net::SocketAddr;
use std::time::Duration;

use chancery_api::Api;
use chancery_audit::{Event, Text};
use chancery_broker::rotate::Rotators;
use chancery_console::Console;
use chancery_context::Platform;
use chancery_context::reactions::{React, Reactions};
use chancery_directory::{later, organizations};
use chancery_issuer::{Deliveries, Issuer};
use chancery_kernel::{Env, Fault};
use chancery_notify::Teller;
use chancery_store::Who;
use chancery_vault::{Rotation, deployment};
use chancery_watch::feed::Feed;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::control;
use crate::listen::Listener;
use crate::supervisor::{Stop, Stopper, Supervisor, stop};
use crate::system;
use crate::wiring::{self, told};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A server that is going to be started.
pub struct Server {
    config: Config,
    env: Env,
}

/// A server that serves. Dropping it stops it without waiting.
pub struct Running {
    /// Where it listens, with the real port.
    pub address: SocketAddr,
    pub issuer: String,
    /// One-time link for the first administrator, while there is none.
    pub setup_link: Option<String>,
    pub platform: Platform,
    /// What it serves.
    pub router: axum::Router,
    authority: Issuer,
    stopper: Stopper,
    supervisor: Supervisor,
}

impl Server {
    pub fn new(config: Config) -> Self {
        Self { config, env: system::env() }
    }

    /// Another clock and other randomness than the machine's: for tests.
    #[must_use]
    pub fn with_env(self, env: Env) -> Self {
        Self { env, ..self }
    }

    pub async fn start(self) -> anyhow::Result<Running> {
        let Self { config, env } = self;
        outlive_limits()?;
        // The port first: a second server must not touch the database before it finds the place taken.
        let listener = Listener::bind(&config).await?;
        let address = listener.address();
        let issuer = config.issuer.resolve(address, listener.certificates().is_some())?;
        let platform = wiring::open(&config, env, &issuer).await?;
        let followed = organizations::follow_issuer(&platform).await.map_err(told)?;
        if followed > 0 {
            tracing::warn!(%issuer, organizations = followed, "the issuer has changed: their management API is here now");
        }
        let learned = later::add_new_scopes(&platform).await.map_err(told)?;
        if learned > 0 {
            tracing::info!(
                organizations = learned,
                "their management API has scopes now that it did not know"
            );
        }
        let authority = Issuer::new(platform.clone());
        let feed = Feed::new(platform.clone());
        let setup_link = authority.setup_link().await.map_err(told)?;
        record_start(&platform).await?;
        let reactions = reactions(&config, &platform, &authority).await?;
        let router = router(&config, &platform, &authority, &feed);
        let (stopper, stop) = stop();
        let mut supervisor = Supervisor::new(stop.clone());
        let rotators = rotators(&config)?;
        let kept = platform.clone();
        supervisor.keep("the vault", move || chancery_broker::rotate::run(kept.clone(), rotators.clone()));
        let counting = authority.clone();
        supervisor.every("failures of strangers", SECOND, move || {
            let counting = counting.clone();
            async move { counting.tell_counted_failures(false).await.map_err(told) }
        });
        let (vault, every) = (platform.vault.clone(), config.rotation.data_keys());
        supervisor.every("data keys", MINUTE, move || {
            let vault = vault.clone();
            async move { vault.tend_data_keys(every).await.map_err(told) }
        });
        jobs(&mut supervisor, &platform, reactions, feed, &stop);
        if let Some(orders) = control::listen(&config) {
            supervisor.run("orders", control::serve(orders, config.clone(), platform.clone(), stop.clone()));
        }
        if let Some(certificates) = listener.certificates().cloned() {
            supervisor.every("certificate files", SECOND, move || {
                let certificates = certificates.clone();
                async move { Ok(tokio::task::spawn_blocking(move || certificates.refresh()).await?) }
            });
        }
        let served = router.clone();
        supervisor.run("listener", async move { listener.serve(&config, served, stop).await });
        Ok(Running { address, issuer, setup_link, platform, router, authority, stopper, supervisor })
    }
}

/// A file that may not grow further, by a limit of the process, is an error of that write, as on a full disk, and not the end
/// of the server, which the signal would be that tells of it: what listens to it takes its place for good.
fn outlive_limits() -> std::io::Result<()> {
    /// `SIGXFSZ`, on Linux and macOS alike.
    const LIMIT_MET: SignalKind = SignalKind::from_raw(25);
    signal(LIMIT_MET).map(drop)
}

/// Everything that is served.
fn router(config: &Config, platform: &Platform, authority: &Issuer, feed: &Feed) -> axum::Router {
    let metrics = config.listen.metrics.clone();
    let readers = Box::new(move |ip| metrics.iter().any(|network| network.contains(ip)));
    let api = Api::new(platform.clone(), authority.clone(), feed.clone(), readers);
    let (issuer, authz) = (authority.clone(), api.authz.clone());
    let pages = Console { platform: platform.clone(), issuer, authz };
    chancery_api::router_with(api, chancery_console::router(pages))
}

/// What the operator lets rotations reach.
fn rotators(config: &Config) -> anyhow::Result<Rotators> {
    let rotation = &config.rotation;
    let (postgres, postgres_roots) = (rotation.postgres.clone(), rotation.authorities.clone());
    Ok(Rotators { commands: rotation.commands()?, postgres, postgres_roots })
}

/// Everybody who carries out what writes leave to be done.
async fn reactions(config: &Config, platform: &Platform, authority: &Issuer) -> anyhow::Result<Reactions> {
    let post = config.mail.post(platform.settings.host(), config.outbound.authorities.as_deref())?;
    let teller = Teller::new(platform.clone(), post);
    teller.announce().await.map_err(told)?;
    let all: Vec<Box<dyn React>> = vec![Box::new(Deliveries(authority.clone())), Box::new(teller)];
    Ok(Reactions::new(platform.db.clone(), all))
}

/// What runs by itself.
fn jobs(supervisor: &mut Supervisor, platform: &Platform, reactions: Reactions, feed: Feed, stop: &Stop) {
    let kept = platform.clone();
    supervisor.keep("checkpoints", move || chancery_watch::checkpoints::run(kept.clone()));
    let kept = platform.clone();
    supervisor.keep("housekeeping", move || chancery_watch::housekeeping::run(kept.clone()));
    let kept = platform.clone();
    supervisor.keep("lapse of approvals", move || chancery_governance::lapse::run(kept.clone()));
    let mut stopping = stop.clone();
    supervisor.run("reactions", async move {
        reactions.run(stopping.asked()).await;
        Ok(())
    });
    let vault = platform.vault.clone();
    supervisor.every("rotation of keys", MINUTE, move || {
        let vault = vault.clone();
        async move { vault.tick(Rotation::default()).await.map_err(told) }
    });
    let vault = platform.vault.clone();
    supervisor.every("keys of other nodes", SECOND, move || {
        let vault = vault.clone();
        async move { vault.refresh().await.map_err(told) }
    });
    let spoken = feed.clone();
    supervisor.keep("feed of marks", move || {
        let feed = spoken.clone();
        async move { feed.run().await }
    });
    let mut stop = stop.clone();
    // Guards hold their connections for hours: they are told to go, so that the rest can end in time.
    supervisor.run("end of the feed", async move {
        stop.asked().await;
        feed.close();
        Ok(())
    });
}

async fn record_start(platform: &Platform) -> anyhow::Result<()> {
    let event = Event::ServerStarted { version: Text::new(env!("CARGO_PKG_VERSION")) };
    let write =
        platform.db.write(deployment(), Who::SYSTEM, move |tx| Ok::<_, Fault>(tx.record(event).with(())));
    write.await.map_err(told)
}

impl Running {
    /// Tells the logs of failures that were counted, once their minute is over. The server does so every second itself.
    pub async fn tell_counted_failures(&self) -> anyhow::Result<()> {
        self.authority.tell_counted_failures(false).await.map_err(told)
    }

    /// Stops: no new connections, requests in progress get their time, then everything ends.
    pub async fn stop(self) {
        self.stopper.stop();
        self.supervisor.join().await;
        if let Err(fault) = self.authority.tell_counted_failures(true).await {
            tracing::error!("failures were counted and could not be recorded: {}", fault.log_line());
        }
    }

    /// Serves until the process is told to stop, by the terminal or by its supervisor.
    pub async fn until_told(self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            heard = tokio::signal::ctrl_c() => heard?,
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        self.stop().await;
        Ok(())
    }
}
