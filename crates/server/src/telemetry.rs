//! What the server tells its operator: lines on standard error, for people or for machines.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Format, Log};

/// Sets the log up for the whole process. A second call in one process changes nothing: tests start many servers.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let filter: Targets = log.filter.parse().with_context(|| format!("log.filter `{}`", log.filter))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let lines = match log.format {
        Format::Human => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let set = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    if set.is_err() {
        tracing::debug!("the log was set up before");
    }
    Ok(())
}
