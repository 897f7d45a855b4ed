//! gen: regenerated artefacts; tidy: the laws of the house.

mod house;
mod reference;
mod rust;
mod tidy;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy            check the laws of the house; every breach says the rule and the mend
cargo xtask gen [--release] write docs/reference/ again from the code; the tree must be clean after it";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => house::House::read().and_then(|house| tidy::run(&house)),
        ["gen"] => reference::write(false),
        ["gen", "--release"] => reference::write(true),
        _ => say(USAGE).map(|()| false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to tell if even the error stream is closed.
            let _ = writeln!(std::io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// One line on the terminal.
pub fn say(text: impl std::fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
