//! The cookies of one browser at one server.

use std::collections::BTreeMap;

/// Names and values. The browser never leaves one origin, so there is no domain to compare; paths are not used by the
/// server's cookies.
#[derive(Clone, Default)]
pub(super) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Takes a `Set-Cookie` (RFC 6265 §5.2): keeps it, or drops the one it ends.
    pub fn take(&mut self, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let ends = parts.any(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            key.eq_ignore_ascii_case("max-age")
                && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
        });
        if ends {
            self.0.remove(name.trim());
        } else {
            self.0.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }

    /// Each with its value.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The `Cookie` header, if there is anything to say.
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_replaced_and_ended() {
        let mut jar = Jar::default();
        assert_eq!(jar.header(), None);
        jar.take("session=one; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600");
        jar.take("theme=dark");
        jar.take("nothing");
        assert_eq!(jar.header().unwrap(), "session=one; theme=dark");
        jar.take("session=two; HttpOnly");
        jar.take("theme=; Max-Age=0");
        assert_eq!(jar.header().unwrap(), "session=two");
    }
}
