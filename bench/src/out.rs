//! The two streams: figures on one, everything else on the other.

use std::fmt::Display;
use std::io::Write;

/// A line of the result.
pub fn line(text: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// A line about the run itself.
pub fn note(text: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stderr().lock(), "{text}")?)
}
