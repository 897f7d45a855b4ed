//! Regenerated artefacts: the binary writes them, since it alone knows every list.

use std::process::Command;

use crate::say;

/// Where they are kept.
const FOLDER: &str = "docs/reference";

pub fn write(release: bool) -> anyhow::Result<bool> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", "chancery-server"]);
    if release {
        cargo.arg("--release");
    }
    let done = cargo.args(["--", "reference", FOLDER]).status()?;
    if done.success() {
        say(format_args!("{FOLDER}: written; `git diff` shows what changed"))?;
    }
    Ok(done.success())
}
