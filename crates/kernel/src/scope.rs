//! OAuth scopes (RFC 6749 §3.3): case-sensitive tokens, order without meaning.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::from_text;

/// One scope token: printable ASCII without space, quote and backslash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

/// Longest scope token, and most tokens in one set: a bound on work, far above any use.
pub const MAX_LENGTH: usize = 128;
pub const MAX_COUNT: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadScope {
    #[error("a scope has characters that RFC 6749 section 3.3 does not allow")]
    Characters,
    #[error("a scope is longer than {MAX_LENGTH} characters")]
    TooLong,
    #[error("more than {MAX_COUNT} scopes")]
    TooMany,
}

impl Scope {
    pub fn new(text: &str) -> Result<Self, BadScope> {
        if text.len() > MAX_LENGTH {
            return Err(BadScope::TooLong);
        }
        let fine = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
        if text.is_empty() || !text.bytes().all(fine) {
            return Err(BadScope::Characters);
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        from_text(d, Self::new)
    }
}

/// A set of scopes, sorted, without repeats. On the wire of OAuth one string, in JSON of ours too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Box<[Scope]>);

impl ScopeSet {
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a space-separated list; linear in its length, with caps.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        let mut scopes = Vec::new();
        for token in text.split(' ').filter(|t| !t.is_empty()) {
            if scopes.len() == MAX_COUNT {
                return Err(BadScope::TooMany);
            }
            scopes.push(Scope::new(token)?);
        }
        Ok(scopes.into_iter().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }
    pub fn contains(&self, scope: &str) -> bool {
        self.0.binary_search_by(|s| s.as_str().cmp(scope)).is_ok()
    }
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|s| other.contains(s.as_str()))
    }
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|s| other.contains(s.as_str())).cloned().collect())
    }
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|s| !other.contains(s.as_str())).cloned().collect())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(iter: I) -> Self {
        let mut scopes: Vec<Scope> = iter.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes.into_boxed_slice())
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl std::fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        from_text(d, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repeats_do_not_matter() {
        let set = ScopeSet::parse("b a  b").unwrap();
        assert_eq!(set.to_string(), "a b");
        assert!(set.contains("a") && !set.contains("A"));
    }

    #[test]
    fn refuses_quotes_and_floods() {
        assert_eq!(ScopeSet::parse("a\"b"), Err(BadScope::Characters));
        assert_eq!(ScopeSet::parse(&"a ".repeat(100_000)), Err(BadScope::TooMany));
        assert_eq!(ScopeSet::parse(&"a".repeat(129)), Err(BadScope::TooLong));
    }

    #[test]
    fn set_algebra_never_widens() {
        let a = ScopeSet::parse("a b c").unwrap();
        let b = ScopeSet::parse("b c d").unwrap();
        assert!(a.intersection(&b).is_subset(&a) && a.intersection(&b).is_subset(&b));
        assert_eq!(a.without(&b).to_string(), "a");
        assert_eq!(a.union(&b).len(), 4);
    }
}
