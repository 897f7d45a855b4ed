//! `chancery setup-link`: another link for the first administrator.

use chancery_issuer::Issuer;

use crate::config::Config;
use crate::wiring::{self, told};
use crate::{out, system};

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let issuer = config.issuer.resolve(config.listen.address, config.tls.files()?.is_some())?;
    let platform = wiring::open(config, system::env(), &issuer).await?;
    match Issuer::new(platform).setup_link().await.map_err(told)? {
        Some(link) => out::line(link)?,
        None => anyhow::bail!("there is an administrator already: ask one of them for an account"),
    }
    Ok(())
}
