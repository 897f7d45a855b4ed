//! Typed ids: a prefix that says what it is, and 128 bits ordered by time (UUIDv7).
//!
//! The wire form is `agt_` and 26 digits of base 32 (alphabet `0-9a-v`, RFC 4648 §7), so ids sort as text
//! as they sort in time, and one noun's id cannot be passed for another's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
pub use uuid::Uuid;

use crate::time::Timestamp;

/// What all typed ids share.
pub trait Id: Copy + Eq + Ord + std::hash::Hash + fmt::Display + Send + Sync + 'static {
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: expected `{expected}_` and 26 characters")]
pub struct BadId {
    pub expected: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
const DIGITS: usize = 26;
/// Prefixes have three letters.
const LENGTH: usize = 3 + 1 + DIGITS;

/// The text of an id, without the formatting machinery: a decision writes dozens of them.
pub struct IdText([u8; LENGTH]);

impl IdText {
    pub fn new(prefix: &str, uuid: Uuid) -> Self {
        let mut out = [b'_'; LENGTH];
        out.iter_mut().zip(prefix.bytes()).for_each(|(slot, letter)| *slot = letter);
        write_digits(ALPHABET, uuid, &mut out);
        Self(out)
    }

    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn as_str(&self) -> &str {
        // Letters and digits throughout.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Writes 26 digits of 130 bits at the end of a text: the top two carry 8 bits, then twice twelve carry 60 bits each.
pub(crate) fn write_digits(alphabet: &[u8; 32], uuid: Uuid, out: &mut [u8]) {
    let bits = uuid.as_u128();
    let mut place = out.iter_mut().rev();
    for (mut part, digits) in [(bits as u64, 12), ((bits >> 60) as u64, 12), ((bits >> 120) as u64, 2)] {
        for slot in place.by_ref().take(digits) {
            *slot = alphabet.get((part & 31) as usize).copied().unwrap_or(b'0');
            part >>= 5;
        }
    }
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != DIGITS || text.as_bytes().first().is_none_or(|b| *b > b'7') {
        return None;
    }
    text.bytes()
        .try_fold(0u128, |acc, byte| {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'v' => byte - b'a' + 10,
                _ => return None,
            };
            Some((acc << 5) | u128::from(digit))
        })
        .map(Uuid::from_u128)
}

/// UUIDv7 from a time and ten random bytes.
pub fn timed_uuid(at: Timestamp, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.millis()).unwrap_or(0), &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(Uuid);

            impl Id for $name {
                const PREFIX: &'static str = $prefix;
                fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
                fn uuid(self) -> Uuid { self.0 }
            }
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(IdText::new($prefix, self.0).as_str())
                }
            }
            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
            }
            impl FromStr for $name {
                type Err = BadId;
                fn from_str(s: &str) -> Result<Self, BadId> {
                    s.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self).ok_or(BadId { expected: $prefix })
                }
            }
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                    s.serialize_str(IdText::new($prefix, self.0).as_str())
                }
            }
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    $crate::text::from_text(d, str::parse)
                }
            }
        )*

        /// Every id prefix, for the documentation and for a test that none repeats.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    /// Organization: the isolation wall.
    OrgId = "org";
    /// A human.
    UserId = "usr";
    GroupId = "grp";
    /// A target system.
    AppId = "app";
    AgentId = "agt";
    /// An OAuth client: its text is the `client_id`.
    ClientId = "cli";
    /// An assignment of a principal to an application.
    AssignmentId = "asg";
    /// A managed connection of an agent to an application.
    ConnectionId = "con";
    /// A time-boxed permission, or a person's consent.
    GrantId = "grt";
    /// A question to a person, and the answer.
    ApprovalId = "apr";
    /// One task of one agent for one user.
    RunId = "run";
    /// A sign-in of a person in one browser.
    SessionId = "ses";
    /// A second factor of a person.
    FactorId = "fac";
    /// A family of refresh tokens that descend from one authorization.
    FamilyId = "fam";
    /// A line of the audit log.
    EventId = "evt";
    /// A containment and what followed from it.
    IncidentId = "inc";
    /// One request, as it stands in logs, errors and events.
    RequestId = "rqt";
    /// A signing key, or a data key that seals secrets.
    KeyId = "key";
    /// A folder of the vault.
    FolderId = "fol";
    /// A secret in the vault.
    SecretId = "sec";
    /// Who may reach a folder or a secret of the vault.
    ReachId = "rch";
    /// A secret, lent for a while.
    LeaseId = "lse";
    /// A store of relationships.
    StoreId = "sto";
    /// An authorization model of a store.
    ModelId = "mod";
    /// An address at which an organization is told.
    EndpointId = "end";
    /// One message to an endpoint; every attempt carries it.
    DeliveryId = "del";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_sorts_like_time() {
        let early: AgentId = Id::from_uuid(timed_uuid(Timestamp::from_seconds(1_000), [9; 10]));
        let late: AgentId = Id::from_uuid(timed_uuid(Timestamp::from_seconds(2_000), [1; 10]));
        assert_eq!(early.to_string().parse::<AgentId>().unwrap(), early);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn refuses_another_nouns_id_and_second_spellings() {
        let id: AgentId = Id::from_uuid(Uuid::from_u128(u128::MAX));
        let text = id.to_string();
        assert!(text.parse::<UserId>().is_err());
        assert!(text.to_uppercase().parse::<AgentId>().is_err());
        assert!(
            format!("agt_8{}", "0".repeat(25)).parse::<AgentId>().is_err(),
            "overflow is a second spelling"
        );
    }

    #[test]
    fn no_prefix_repeats_and_each_has_three_letters() {
        assert!(PREFIXES.iter().all(|prefix| prefix.len() == 3));
        let mut seen = PREFIXES.to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), PREFIXES.len());
    }
}
