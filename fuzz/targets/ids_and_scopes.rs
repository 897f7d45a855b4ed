//! Ids and scopes: what is read writes itself back, byte for byte.

#![no_main]

use chancery_kernel::{AgentId, OrgId, ScopeSet, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(id) = text.parse::<AgentId>() {
        assert_eq!(id.to_string(), text);
    }
    let _ = text.parse::<OrgId>();
    if let Ok(scopes) = ScopeSet::parse(text) {
        assert_eq!(ScopeSet::parse(&scopes.to_string()), Ok(scopes));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse::<Timestamp>().ok(), Some(at));
    }
});
