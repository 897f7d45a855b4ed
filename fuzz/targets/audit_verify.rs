//! The verifier of exports answers any bytes, and reads nothing unsigned as good.

#![no_main]

use chancery_audit::{VerifierKey, VerifyOptions, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = verify(bytes, VerifyOptions::default());
    let trusted_key = VerifierKey::new("id.example", [7; 32]).ok();
    assert!(verify(bytes, VerifyOptions { trusted_key, ..VerifyOptions::default() }).is_err());
});
