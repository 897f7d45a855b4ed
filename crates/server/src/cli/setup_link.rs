//! `chancery setup-link`: another link for the first administrator.

use crate::config::Config;
use crate::control::{self, Order};
use crate::out;

/// Beside a running server as well as without one.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    Ok(out::lines(&control::give(config, &Order::SetupLink).await?)?)
}
