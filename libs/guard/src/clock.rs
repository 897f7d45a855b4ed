//! The wall clock: token times are wall times (RFC 7519 §2). Everything else in this crate measures with
//! [`std::time::Instant`].

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a guard lives in somebody else's server; this is its one wall clock"
)]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The same in whole seconds, as token claims count.
pub(crate) fn seconds() -> i64 {
    i64::try_from(now().as_secs()).unwrap_or(i64::MAX)
}

/// The same in milliseconds.
pub(crate) fn milliseconds() -> u64 {
    u64::try_from(now().as_millis()).unwrap_or(u64::MAX)
}
