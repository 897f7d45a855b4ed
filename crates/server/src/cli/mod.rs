//! The command line: one file per command.

mod admin;
mod audit;
mod data;
mod demo;
mod doctor;
mod explain;
mod keys;
mod organizations;
mod reference;
mod run;
mod serve;
mod setup_link;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config, Sources};

/// Identity for AI agents: who asked, which agent acted, on what, who decided, and what came of it.
#[derive(Debug, Parser)]
#[command(name = "chancery", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Settings of the server; docs/reference/configuration.md lists all of them.
#[derive(Debug, Args)]
struct Settings {
    /// Configuration file (TOML); also CHANCERY_CONFIG
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
    /// Folder of the embedded database, or postgres://…
    #[arg(long, global = true, value_name = "FOLDER|URL", help_heading = "Settings")]
    database: Option<String>,
    /// Origin that everybody reaches the server by, such as https://id.example.com
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    issuer: Option<String>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    listen: Option<String>,
    /// Any other setting
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE", help_heading = "Settings")]
    set: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Run the stories: a small world of systems and agents, against a server of its own
    Demo(demo::Demo),
    /// Manage a running server through its API
    Admin(admin::Admin),
    /// Run a program with secrets of the vault in its environment, and give them back when it ends
    Run(run::Run),
    /// Say in sentences what an event of the audit log means, and what proves it
    Explain(explain::Explain),
    /// Export and verify the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Write a copy of the database to a file, while it is in use or not; the master key is not in it
    Backup { file: PathBuf },
    /// Put a backup in the place of an empty database, of either kind wherever it was taken from
    Restore { file: PathBuf },
    /// Bring the database's schema up to date, and do nothing else
    Migrate,
    /// List or rotate the keys that sign tokens, and those that seal what is kept
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Found organizations on this server, or list them
    #[command(subcommand)]
    Organizations(organizations::Organizations),
    /// Check settings, files and database, and name the mend of what is wrong
    Doctor,
    /// Print a new one-time link for the first administrator
    SetupLink,
    /// Write the generated pages of docs/reference
    #[command(hide = true)]
    Reference { folder: PathBuf },
}

/// What a command is given besides its own arguments.
struct Shell {
    settings: Settings,
    environment: BTreeMap<String, String>,
}

impl Shell {
    fn config(&self) -> anyhow::Result<Config> {
        let named = [
            ("database.location", &self.settings.database),
            ("issuer.url", &self.settings.issuer),
            ("listen.address", &self.settings.listen),
        ];
        let mut flags: Vec<(String, String)> =
            named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect();
        for pair in &self.settings.set {
            let (key, value) =
                pair.split_once('=').with_context(|| format!("--set {pair}: write section.key=value"))?;
            flags.push((key.to_owned(), value.to_owned()));
        }
        let file = self.settings.config.clone();
        config::load(&Sources { file, environment: self.environment.clone(), flags })
    }
}

impl Cli {
    /// Runs the command, and says with which code the process is to end: 1 if what it checked is not as it should be, and
    /// what the program says that it ran.
    pub async fn code(self, environment: BTreeMap<String, String>) -> anyhow::Result<u8> {
        match self.command {
            Command::Run(run) => run.run(&environment).await,
            _ => self.run(environment).await.map(|fine| u8::from(!fine)),
        }
    }

    /// Runs the command; false if what it checked is not as it should be.
    pub async fn run(self, environment: BTreeMap<String, String>) -> anyhow::Result<bool> {
        let shell = Shell { settings: self.settings, environment };
        match self.command {
            Command::Serve => serve::run(shell.config()?).await.map(|()| true),
            Command::Demo(demo) => demo.run(shell.config()?).await,
            Command::Admin(admin) => admin.run(&shell.environment).await.map(|()| true),
            Command::Run(run) => run.run(&shell.environment).await.map(|code| code == 0),
            Command::Explain(explain) => explain.run(&shell.environment).await.map(|()| true),
            Command::Audit(audit) => audit.run(&shell).await,
            Command::Backup { file } => data::backup(&shell.config()?, &file).await.map(|()| true),
            Command::Restore { file } => data::restore(&shell.config()?, &file).await.map(|()| true),
            Command::Migrate => data::migrate(&shell.config()?).await.map(|()| true),
            Command::Keys(keys) => keys.run(&shell.config()?).await.map(|()| true),
            Command::Organizations(act) => act.run(&shell.config()?).await.map(|()| true),
            Command::Doctor => doctor::run(shell.config()).await,
            Command::SetupLink => setup_link::run(&shell.config()?).await.map(|()| true),
            Command::Reference { folder } => reference::write(&folder).map(|()| true),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
