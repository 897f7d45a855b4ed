//! A server of one test's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chancery_kernel::env::SeededEntropy;
use chancery_kernel::{Env, Seconds, Timestamp};
use chancery_server::config::Config;
use chancery_server::control::{self, Order};
use chancery_server::{Running, Server};
use tempfile::TempDir;

use crate::clock::TestClock;
use crate::watch::Watch;
use crate::{Api, Browser, Page};

/// The login of the administrator that [`Kit::found`] sets up.
pub const ADMINISTRATOR: &str = "ada@corp.example";
/// The short name of the organization that [`Kit::found`] makes.
pub const ORGANIZATION: &str = "corp";
/// Everybody's password in tests.
pub const PASSWORD: &str = "correct horse battery staple";
/// When every test begins: 2026-06-01T12:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_780_315_200);

/// Lets a server call this machine, and that without TLS: where the endpoints of tests are.
pub fn calling_here(config: &mut Config) {
    let here = || ["127.0.0.0/8", "::1"].iter().filter_map(|network| network.parse().ok()).collect();
    (config.outbound.allow, config.outbound.plain) = (here(), here());
}

/// A running server. Dropping it stops the server and removes its data.
pub struct Kit {
    pub running: Running,
    pub clock: Arc<TestClock>,
    config: Config,
    env: Env,
    // Looks at the data, after the server has ended and before it goes.
    _watch: Watch,
    // Last: the data goes after the server.
    _folder: TempDir,
}

impl Kit {
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(|_| {}).await
    }

    /// A server with other settings than the usual ones.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        Self::boot(TestClock::still_at(START), change).await
    }

    /// A server that may call this machine, and that without TLS.
    pub async fn start_calling_here() -> anyhow::Result<Self> {
        Self::start_with(calling_here).await
    }

    /// A server whose clock goes: for programs that look at the machine's, such as guards.
    pub async fn start_in_real_time() -> anyhow::Result<Self> {
        Self::boot(TestClock::going(), |_| {}).await
    }

    async fn boot(clock: TestClock, change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let clock = Arc::new(clock);
        let mut config = Config::default();
        config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
        config.database.location = folder.path().join("data").display().to_string();
        config.database.master_key = Some(folder.path().join("master.key"));
        change(&mut config);
        let watch = Watch::on(&config.database.location);
        let env = Env::new(clock.clone(), SeededEntropy::new(7));
        let running = Server::new(config.clone()).with_env(env.clone()).start().await?;
        Ok(Self { running, clock, config, env, _watch: watch, _folder: folder })
    }

    /// Another node on the same database, under the same name. The embedded database takes no second one.
    pub async fn node(&self) -> anyhow::Result<Running> {
        let mut config = self.config.clone();
        config.issuer.url = Some(self.running.issuer.clone());
        Server::new(config).with_env(self.env.clone()).start().await
    }

    /// The same database served again, with other settings than before.
    pub async fn again_with(self, change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        let Self { running, clock, mut config, env, _watch, _folder } = self;
        running.stop().await;
        change(&mut config);
        let mut tries = 0;
        let running = loop {
            // A stream that was cut off lets go of the database a moment after its server: a process would have ended.
            match Server::new(config.clone()).with_env(env.clone()).start().await {
                Err(error) if tries < 500 && format!("{error:#}").contains("has it open") => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                started => break started?,
            }
        };
        Ok(Self { running, clock, config, env, _watch, _folder })
    }

    /// What the operator's command on this machine does.
    pub async fn order(&self, order: Order) -> anyhow::Result<Vec<String>> {
        control::give(&self.config, &order).await
    }

    /// Where the embedded database and nothing else lies.
    pub fn data(&self) -> &Path {
        Path::new(&self.config.database.location)
    }

    /// Moves the server's clock.
    pub fn advance(&self, by: Seconds) {
        self.clock.advance(by);
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// The issuer without the slash that it may end with.
    pub fn base(&self) -> &str {
        self.running.issuer.trim_end_matches('/')
    }

    /// The resource URI of the management API.
    pub fn api_resource(&self) -> String {
        self.url("/api/v1")
    }

    /// A browser without any history.
    pub fn browser(&self) -> anyhow::Result<Browser> {
        Browser::new(self.base())
    }

    /// The API without any token.
    pub fn stranger(&self) -> anyhow::Result<Api> {
        Api::new(self.base(), None)
    }

    /// Goes through the setup link: makes the organization `corp` and signs its administrator in.
    pub async fn found(&self) -> anyhow::Result<Browser> {
        let link = self.running.setup_link.as_deref().context("the server has an administrator already")?;
        let (browser, done) = self.found_by(link, ORGANIZATION).await?;
        anyhow::ensure!(done.status == 303, "setting up answered {}: {}", done.status, done.body);
        Ok(browser)
    }

    /// Opens a link and sends its form; whatever is answered.
    pub async fn found_by(&self, link: &str, slug: &str) -> anyhow::Result<(Browser, Page)> {
        let path = link.strip_prefix(self.base()).context("the link leads elsewhere")?;
        let mut browser = self.browser()?;
        let page = browser.get(path).await?;
        anyhow::ensure!(page.status == 200, "the link answered {}", page.status);
        let fields = [
            ("title", "Corp"),
            ("slug", slug),
            ("login", ADMINISTRATOR),
            ("email", ADMINISTRATOR),
            ("display_name", "Ada"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let done = browser.submit(&page, path, &fields).await?;
        Ok((browser, done))
    }

    /// A whole start: organization, administrator, and the API with a token of theirs for everything.
    pub async fn administrator(&self) -> anyhow::Result<Api> {
        let mut browser = self.found().await?;
        let token = self.management_token(&mut browser, None).await?;
        Api::new(self.base(), Some(token))
    }
}
