//! Sets of users that may hold "everybody of the type but these", closed under union, intersection and difference.

use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Those a path led to by name; never among `blocked`.
    named: BTreeSet<String>,
    /// `type:*` is a member, and with it everybody who is not blocked.
    everybody: bool,
    /// Taken out of everybody.
    blocked: BTreeSet<String>,
    /// A path led back to itself: who is no member here is not certain to be none.
    undecided: bool,
}

impl Members {
    /// Nobody, as far as a path that led back to itself can tell.
    pub fn undecided() -> Self {
        Self { undecided: true, ..Self::default() }
    }

    pub fn name(&mut self, user: &str) {
        self.named.insert(user.to_owned());
    }

    pub fn open(&mut self) {
        self.everybody = true;
    }

    /// The names, and the wildcard if it is a member.
    pub fn listed(self, wildcard: &str) -> BTreeSet<String> {
        let mut listed = self.named;
        listed.extend(self.everybody.then(|| wildcard.to_owned()));
        listed
    }

    fn has(&self, user: &str) -> bool {
        self.named.contains(user) || (self.everybody && !self.blocked.contains(user))
    }

    pub fn or(self, other: Self) -> Self {
        self.combined(&other, |here, there| here || there, self.undecided || other.undecided)
    }

    pub fn and(self, other: Self) -> Self {
        self.combined(&other, |here, there| here && there, self.undecided || other.undecided)
    }

    pub fn but_not(self, other: Self) -> Self {
        if other.undecided {
            return Self::undecided();
        }
        self.combined(&other, |here, there| here && !there, self.undecided)
    }

    /// Everybody that either side speaks of is decided one by one; all the others are decided as the wildcard is.
    fn combined(&self, other: &Self, rule: impl Fn(bool, bool) -> bool, undecided: bool) -> Self {
        let mut combined =
            Self { everybody: rule(self.everybody, other.everybody), undecided, ..Self::default() };
        let spoken_of = [&self.named, &self.blocked, &other.named, &other.blocked];
        for user in spoken_of.into_iter().flatten() {
            let is_member = rule(self.has(user), other.has(user));
            let is_named = self.named.contains(user) || other.named.contains(user) || !combined.everybody;
            match is_member {
                true if is_named => combined.named.insert(user.clone()),
                false if combined.everybody => combined.blocked.insert(user.clone()),
                _ => false,
            };
        }
        combined
    }
}
