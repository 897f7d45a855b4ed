//! `chancery organizations`: for the operator, whose server it is. What is inside of them is their administrators'.

use clap::Subcommand;

use crate::config::Config;
use crate::control::{self, Order};
use crate::out;

#[derive(Debug, Subcommand)]
pub enum Organizations {
    /// Print a one-time link: whoever opens it names a new organization and becomes its first administrator
    Create,
    /// List the organizations of this server
    List,
}

impl Organizations {
    /// Beside a running server as well as without one.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let order = match self {
            Self::Create => Order::OrganizationLink,
            Self::List => Order::OrganizationList,
        };
        Ok(out::lines(&control::give(config, &order).await?)?)
    }
}
