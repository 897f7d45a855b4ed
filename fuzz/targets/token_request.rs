//! The token request parser: forms, JSON and the `Authorization` header. No panic, and no credential in an error.

#![no_main]

use chancery_oauth::{LogoutRequest, Params, Presented, REPEATABLE, TokenQuery, TokenRequest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (header, body) = data.split_at(data.len().min(64) / 2);
    let header = std::str::from_utf8(header).ok();
    for params in [Params::parse_form(body, REPEATABLE), Params::parse_json(body, REPEATABLE)] {
        let Ok(params) = params else { continue };
        let _ = Presented::read(header, "", &params);
        let _ = TokenQuery::read(&params);
        let _ = LogoutRequest::read(&params);
        if let Err(error) = TokenRequest::read(&params) {
            // RFC 6749 section 5.2: printable ASCII without quote and backslash.
            assert!(error.description().bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'));
        }
    }
});
