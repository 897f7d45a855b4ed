//! Continuation tokens: URL-safe base64 of what a list goes on from.

use data_encoding::BASE64URL_NOPAD;

/// The longest that is looked at.
pub(crate) const LONGEST: usize = 5_120;

pub(crate) fn write(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

pub(crate) fn read(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(token.trim_end_matches('=').as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}
