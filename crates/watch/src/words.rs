//! Reasons that people give: kept for ever, so bounded and plain.

use chancery_kernel::{Fault, Outcome};

/// Longest reason, in characters: what an event keeps whole in any alphabet.
const LONGEST: usize = 125;

/// Reads a reason: one line that says something.
pub(crate) fn reason(text: &str) -> Outcome<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::invalid("reason_missing", "say why, in one sentence: it stands in the log"));
    }
    if text.chars().count() > LONGEST {
        return Err(Fault::invalid("reason_too_long", format!("say why in at most {LONGEST} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::invalid("reason_not_plain", "say why in one line, without control characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(reason("  it reads too much ").unwrap(), "it reads too much");
        for (bad, code) in [
            ("", "reason_missing"),
            (" \t", "reason_missing"),
            ("a\nb", "reason_not_plain"),
            (&"ä".repeat(LONGEST + 1), "reason_too_long"),
        ] {
            assert_eq!(reason(bad).unwrap_err().code, code);
        }
    }
}
