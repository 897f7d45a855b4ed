//! `chancery audit`: the audit log, taken out and held against its signatures.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use chancery_audit::{VerifierKey, VerifyOptions};
use chancery_context::{Cx, Platform};
use chancery_kernel::OrgId;
use chancery_vault::deployment;
use clap::Subcommand;

use super::Shell;
use crate::config::Config;
use crate::wiring::{self, told};
use crate::{out, system};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Verify an export, offline: exit 0 if it is complete, in order and unchanged
    Verify {
        file: PathBuf,
        /// The key that has to have signed it: its text, or a file with it
        #[arg(long)]
        key: Option<String>,
        /// File with a checkpoint kept from an earlier day, which the export has to continue
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Export an organization's log from the local database
    Export {
        /// Short name or id of the organization; `deployment` for the server's own log
        #[arg(long)]
        org: String,
        /// File to write; only its owner may read it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Audit {
    pub async fn run(self, shell: &Shell) -> anyhow::Result<bool> {
        match self {
            Self::Verify { file, key, checkpoint } => verify(&file, key.as_deref(), checkpoint.as_deref()),
            Self::Export { org, out } => export(&shell.config()?, &org, &out).await.map(|()| true),
        }
    }
}

fn verify(file: &Path, key: Option<&str>, checkpoint: Option<&Path>) -> anyhow::Result<bool> {
    let older =
        checkpoint.map(|path| std::fs::read_to_string(path).with_context(|| path.display().to_string()));
    let options = VerifyOptions {
        trusted_key: key.map(read_key).transpose()?,
        older_checkpoint: older.transpose()?,
        helpers: std::thread::available_parallelism().map_or(0, |processors| processors.get() - 1),
    };
    let file = File::open(file).with_context(|| file.display().to_string())?;
    match chancery_audit::verify(BufReader::new(file), options) {
        Ok(report) => {
            for line in report.lines() {
                out::line(line)?;
            }
            Ok(true)
        }
        Err(finding) => {
            let through = finding.through.filter(|through| *through != finding.seq);
            let through = through.map(|through| format!("–{through}")).unwrap_or_default();
            out::line(format_args!("NOT VERIFIED: {} at entry {}{through}", finding.kind, finding.seq))?;
            out::line(finding)?;
            Ok(false)
        }
    }
}

fn read_key(given: &str) -> anyhow::Result<VerifierKey> {
    let read = if Path::new(given).is_file() { std::fs::read_to_string(given)? } else { given.to_owned() };
    read.trim().parse().map_err(|bad| anyhow!("--key: {bad}"))
}

async fn export(config: &Config, org: &str, path: &Path) -> anyhow::Result<()> {
    let issuer = config.issuer.resolve(config.listen.address, config.tls.files()?.is_some())?;
    let platform = wiring::open(config, system::env(), &issuer).await?;
    let cx = Cx::system(&platform, find(&platform, org)?);
    // Who worked with whom stands in it.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = BufWriter::new(file.with_context(|| path.display().to_string())?);
    chancery_watch::export::export(&cx, file).await.map_err(told)?;
    out::line(format_args!(
        "wrote {}; `chancery audit verify` checks it without this server",
        path.display()
    ))?;
    Ok(())
}

fn find(platform: &Platform, named: &str) -> anyhow::Result<OrgId> {
    if named == "deployment" {
        return Ok(deployment());
    }
    let hot = platform.db.hot();
    let found = hot.organizations.all().find(|org| org.slug == named || org.id.to_string() == named);
    found.map(|org| org.id).with_context(|| {
        let known: Vec<&str> = hot.organizations.all().map(|org| org.slug.as_str()).collect();
        format!("there is no organization `{named}`; there are: {}", known.join(", "))
    })
}
