//! Stylesheet, script and icon: embedded, and named by their content so that browsers may keep them forever.

use std::sync::LazyLock;

/// One file as it is served under [`crate::links::asset`].
#[derive(Debug)]
pub struct Asset {
    /// File name with the digest of its content in it.
    pub name: String,
    pub content_type: &'static str,
    pub body: &'static str,
}

pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("chancery", "css", "text/css; charset=utf-8", include_str!("../assets/chancery.css"))
});
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("live", "js", "text/javascript; charset=utf-8", include_str!("../assets/live.js"))
});
/// Only on the pages that make or use passkeys.
pub static PASSKEY: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("passkey", "js", "text/javascript; charset=utf-8", include_str!("../assets/passkey.js"))
});
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("seal", "svg", "image/svg+xml", include_str!("../assets/seal.svg")));

/// What the content under a name in this list is served with: the name changes when the content does.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

impl Asset {
    fn new(stem: &str, suffix: &str, content_type: &'static str, body: &'static str) -> Self {
        Self { name: format!("{stem}.{:016x}.{suffix}", digest(body)), content_type, body }
    }
}

/// The asset that goes by this name.
pub fn find(name: &str) -> Option<&'static Asset> {
    [&STYLE, &SCRIPT, &PASSKEY, &ICON].into_iter().map(|a| &**a).find(|a| a.name == name)
}

/// FNV-1a. It tells versions of our own files apart for caches; nothing is trusted because of it.
fn digest(body: &str) -> u64 {
    body.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |acc, byte| (acc ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_full_name_only() {
        assert!(find(&STYLE.name).is_some());
        assert!(find("chancery.css").is_none());
    }

    #[test]
    fn the_name_follows_the_content() {
        assert_ne!(digest("a"), digest("b"));
    }
}
