//! Whatever the reader of log lines accepts, it writes back byte for byte: no line has two spellings.

#![no_main]

use chancery_audit::{Entry, encode_acting, explain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entry) = Entry::decode(bytes) else { return };
    assert_eq!(entry.encode(), bytes);
    if let Some(event) = entry.event() {
        assert_eq!(encode_acting(&entry.envelope, entry.acting(), event), bytes);
        let _ = event.subjects();
    }
    let _ = (entry.fields(), explain(&entry));
});
