//! The nouns as plain records: what an organization, a user, an agent, an application is, and nothing else.
//!
//! Use cases, policy and surfaces share these shapes; `store` keeps them, `policy` reasons over them. They hold no
//! secret: client secrets are keyed hashes here, passwords live elsewhere.

pub mod agent;
pub mod application;
pub mod approval;
pub mod approver;
pub mod assignment;
pub mod backchannel;
pub mod client;
pub mod connection;
pub mod endpoint;
pub mod factor;
pub mod grant;
mod hex;
pub mod mark;
pub mod person;
pub mod store;
pub mod task;
pub mod vaulted;
pub mod weight;

pub use agent::{Agent, Containment, Stage, UseCase, Version};
pub use application::{Action, Application, ConsentRule, DualSubject, Profile, ScopeRule, SigningAlg};
pub use approval::{Access, Answer, Approval, Closing, Emergency, Notify, Review, Sentence, State, Voice};
pub use approver::{ApproverRule, Approvers, Count, Escalation, FourEyes, Need};
pub use assignment::{Assignment, Principal};
pub use backchannel::{Backchannel, Delivery};
pub use client::{AuthMethod, Client, ClientSecret, GrantType};
pub use connection::{Connection, Tier};
pub use endpoint::{Endpoint, EndpointKind, Told};
pub use factor::{Factor, FactorKind, FactorRule};
pub use grant::{Grant, Origin};
pub use mark::{Mark, MarkKey, TokenKeys};
pub use person::{Away, Group, Membership, Organization, User, UserStatus};
pub use store::{Level, ObjectIds, Store, StoreKey};
pub use task::{AGENT_TASK, Amount, Task};
pub use vaulted::{Folder, Lease, Over, Reach, RevealPolicy, Rotation, Rotator, ValueKind, Vaulted};
pub use weight::Weight;

use chancery_kernel::{OrgId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads one scope token; for literals that are right by construction.
pub fn scopes(text: &'static str) -> chancery_kernel::ScopeSet {
    chancery_kernel::ScopeSet::parse(text).unwrap_or_default()
}

/// What a record of the directory has in common with the others.
pub trait Noun: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    type Id: chancery_kernel::Id + Serialize + DeserializeOwned;
    /// The noun in the singular, as errors and events say it.
    const NOUN: &'static str;
    fn id(&self) -> Self::Id;
    fn org(&self) -> OrgId;
    /// What is unique among this noun's records of one organization.
    fn name(&self) -> String;
    fn meta(&self) -> &Meta;
    fn meta_mut(&mut self) -> &mut Meta;
}

/// Kept with every record: its version counts changes, and `If-Match` compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Meta {
    pub version: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Meta {
    pub fn new(now: Timestamp) -> Self {
        Self { version: 1, created: now, updated: now }
    }
}

macro_rules! noun {
    ($type:ty, $id:ty, $noun:literal, $name:expr) => {
        impl $crate::Noun for $type {
            type Id = $id;
            const NOUN: &'static str = $noun;
            fn id(&self) -> $id {
                self.id
            }
            fn org(&self) -> chancery_kernel::OrgId {
                self.org
            }
            fn name(&self) -> String {
                let name: fn(&$type) -> String = $name;
                name(self)
            }
            fn meta(&self) -> &$crate::Meta {
                &self.meta
            }
            fn meta_mut(&mut self) -> &mut $crate::Meta {
                &mut self.meta
            }
        }
    };
}
pub(crate) use noun;

/// Reads a list without the room to grow that lists are given while they are read: a million records are held.
pub(crate) fn exact<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    let mut list = <Vec<T> as serde::Deserialize>::deserialize(from)?;
    list.shrink_to_fit();
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is held a million times, in blocks of the allocator's sizes behind the two counts of its `Arc`: a field more
    /// may cost all of them the next size. What few records have belongs behind a `Box`.
    #[test]
    fn the_records_that_are_held_by_the_million_stay_small() {
        let with_counts = |size: usize| size + 2 * size_of::<usize>();
        assert!(with_counts(size_of::<Agent>()) <= 224);
        assert!(with_counts(size_of::<Client>()) <= 320);
        assert!(with_counts(size_of::<Assignment>()) <= 128);
        assert!(size_of::<ClientSecret>() <= 56);
    }
}
