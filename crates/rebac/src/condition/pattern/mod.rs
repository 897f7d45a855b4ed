//! Regular expressions in RE2's syntax: whether a text has a match. Time is bounded by the text's length times the
//! program's, whatever the pattern.

mod class;
mod parse;
mod program;
mod set;

use program::Program;

/// A pattern ready to be looked for.
#[derive(Debug)]
pub(super) struct Pattern {
    program: Program,
}

impl Pattern {
    pub(super) fn compile(source: &str) -> Result<Self, String> {
        let tree = parse::parse(source).map_err(|why| format!("error parsing regexp: {why}"))?;
        Program::of(&tree)
            .map(|program| Self { program })
            .ok_or_else(|| "error parsing regexp: expression too large".to_owned())
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.program.is_in(text)
    }
}
