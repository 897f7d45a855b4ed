//! The authorization request parser and the redirect rules: no panic, and no redirect that leaves its registered host.

#![no_main]

use chancery_oauth::{AuthorizeRequest, Opening, Params, REPEATABLE, redirect_matches, redirect_registerable, safe_return_path};
use libfuzzer_sys::fuzz_target;

const REGISTERED: [&str; 2] = ["https://app.example/callback", "http://127.0.0.1/callback"];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(params) = Params::parse_query(text, REPEATABLE) {
        let _ = Opening::read(&params);
        let _ = AuthorizeRequest::read(&params);
    }
    let _ = redirect_registerable(text);
    if redirect_matches(REGISTERED[0], text) {
        assert_eq!(text, REGISTERED[0]);
    }
    if redirect_matches(REGISTERED[1], text) {
        assert!(text.starts_with("http://127.0.0.1") && text.ends_with("/callback"));
    }
    if let Some(path) = safe_return_path(text) {
        assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
    }
});
