//! The terminal. Only answers to the person who typed the command go here; the log goes elsewhere.

use std::fmt::Display;
use std::io::{self, Write};

/// One line on standard output. A reader who has seen enough (`| head`) is no failure.
pub fn line(text: impl Display) -> io::Result<()> {
    accept_closed(writeln!(io::stdout(), "{text}"))
}

/// Several.
pub fn lines(all: &[String]) -> io::Result<()> {
    all.iter().try_for_each(line)
}

/// One line for the person, where standard output is for a program.
pub fn note(text: impl Display) -> io::Result<()> {
    accept_closed(writeln!(io::stderr(), "{text}"))
}

fn accept_closed(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
