//! Huge pages of memory, for nodes that hold many tuples.
//!
//! A check among millions of tuples looks at a dozen places that are nowhere near each other. In pages of 4 KiB the processor has to
//! find out for each of them where it is; in huge ones it mostly knows. A process that holds little would hold twice as much by
//! them, so the binary begins without.

/// From so many tuples of a store on they are worth it.
const MANY: u64 = 1 << 17;

/// Lets the system use huge pages from here on, if a store of so many tuples is held. What was taken in small ones is put together by
/// and by.
pub(crate) fn allow_for(tuples: u64) {
    if tuples >= MANY {
        allow();
    }
}

#[cfg(target_os = "linux")]
fn allow() {
    static ALLOWED: std::sync::Once = std::sync::Once::new();
    ALLOWED.call_once(|| match rustix::thread::disable_transparent_huge_pages(false) {
        Ok(()) => tracing::debug!("huge pages are allowed: relationships are many"),
        Err(error) => {
            tracing::warn!(%error, "huge pages stay forbidden: checks among many relationships take longer")
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn allow() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::thread::{disable_transparent_huge_pages, transparent_huge_pages_are_disabled};

    use super::*;

    #[test]
    fn huge_pages_are_for_those_who_hold_much() {
        disable_transparent_huge_pages(true).unwrap();
        allow_for(MANY - 1);
        assert!(transparent_huge_pages_are_disabled().unwrap());
        allow_for(MANY);
        assert!(!transparent_huge_pages_are_disabled().unwrap());
    }
}
