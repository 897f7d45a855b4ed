//! `chancery keys`: the keys that sign tokens.

use clap::Subcommand;

use crate::config::Config;
use crate::wiring::{self, told};
use crate::{out, system};

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys and what each is for now
    List,
    /// Put the next key to work; the present one stays published until its tokens have died
    Rotate {
        /// ES256, EdDSA, PS256 or RS256
        #[arg(long, value_name = "ALGORITHM")]
        alg: chancery_jose::Alg,
    },
    /// Withdraw a key that somebody else may have: nothing it signed is believed any more, here and at every guard
    Withdraw {
        /// The key's id, as the list has it
        kid: String,
    },
}

impl Keys {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let issuer = config.issuer.resolve(config.listen.address, config.tls.files()?.is_some())?;
        let vault = wiring::open(config, system::env(), &issuer).await?.vault;
        match self {
            Self::List => {}
            Self::Rotate { alg } => vault.rotate(alg).await.map_err(told)?,
            Self::Withdraw { kid } => vault.withdraw(&kid).await.map_err(told)?,
        }
        for (kid, alg, state) in vault.ring().list() {
            out::line(format_args!("{:8}  {:6}  {kid}", state.as_str(), alg.to_string()))?;
        }
        Ok(())
    }
}
