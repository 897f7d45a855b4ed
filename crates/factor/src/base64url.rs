//! Base64url without padding (RFC 4648 §5), as browsers hand over what authenticators say.

use data_encoding::BASE64URL_NOPAD;

pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Strict: no padding, no bits left over.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}
