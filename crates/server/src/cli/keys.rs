//! `chancery keys`: the keys that sign tokens, which all organizations share, and those that seal what is kept.

use clap::Subcommand;

use crate::config::Config;
use crate::control::{self, Order};
use crate::out;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys and what each is for now
    List,
    /// Print the key that the audit log is signed with: what `audit verify --key` takes
    Log,
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
    /// Make new keys for the secrets of organizations, and seal their values anew under these, while the server serves
    RotateData {
        /// Short name of an organization; all of them, if none is named
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
    },
    /// Seal everything anew under the master key that the settings give now, while the server serves
    Rewrap,
}

impl Keys {
    /// Beside a running server as well as without one.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let order = match self {
            Self::List => Order::KeyList,
            Self::Log => Order::LogKey,
            Self::Rotate { alg } => Order::KeyRotate { alg: alg.to_string() },
            Self::RotateData { organization } => Order::DataKeyRotate { organization },
            Self::Rewrap => Order::KeyRewrap,
            Self::Withdraw { kid } => Order::KeyWithdraw { kid },
        };
        Ok(out::lines(&control::give(config, &order).await?)?)
    }
}
