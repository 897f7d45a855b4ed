//! Who has to say yes: so many people of a kind, on connections, on scopes, on secrets, and on whatever else is given by
//! approval.

use chancery_kernel::{GroupId, Seconds};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::task::Amount;

/// A kind of people, by what they are to the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum ApproverRule {
    /// The person the agent acts for.
    #[default]
    Person,
    AgentOwner,
    AgentSponsor,
    ApplicationOwner,
    /// Of the person the agent acts for.
    Manager,
    Group {
        group: GroupId,
    },
}

/// Whose yes does not count; the later bars more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FourEyes {
    /// Everybody's of that kind does.
    #[default]
    Off,
    /// Not that of the person for whom it is asked.
    NotRequester,
    /// Nor that of the agent's owners and sponsor.
    NotOwner,
}

impl FourEyes {
    pub const ALL: [Self; 3] = [Self::Off, Self::NotRequester, Self::NotOwner];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NotRequester => "not_requester",
            Self::NotOwner => "not_owner",
        }
    }

    const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }
}

/// Who else may answer when nobody has after a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    pub after: Seconds,
    pub to: ApproverRule,
}

/// One need: so many of these people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    #[serde(flatten)]
    pub who: ApproverRule,
    #[serde(default, skip_serializing_if = "Count::is_one")]
    pub count: Count,
    #[serde(default, skip_serializing_if = "FourEyes::is_off")]
    pub four_eyes: FourEyes,
    /// Only where more than this is asked for, or nobody said how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
}

/// How many, one at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub u32);

impl Default for Count {
    fn default() -> Self {
        Self(1)
    }
}

impl Count {
    /// More than this is no rule but a wall.
    pub const MOST: u32 = 10;

    const fn is_one(&self) -> bool {
        self.0 == 1
    }
}

impl From<ApproverRule> for Need {
    fn from(who: ApproverRule) -> Self {
        Self { who, ..Self::default() }
    }
}

/// A whole rule: every need has to be met. One need is written as an object, several as a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvers(pub Vec<Need>);

impl Approvers {
    /// Needs of one rule.
    pub const MOST: usize = 5;

    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        let kinds = self.0.iter().flat_map(|need| {
            std::iter::once(&need.who).chain(need.escalation.as_ref().map(|escalation| &escalation.to))
        });
        kinds.filter_map(|kind| match kind {
            ApproverRule::Group { group } => Some(*group),
            _ => None,
        })
    }
}

impl Default for Approvers {
    fn default() -> Self {
        ApproverRule::Person.into()
    }
}

impl From<ApproverRule> for Approvers {
    fn from(who: ApproverRule) -> Self {
        Self(vec![who.into()])
    }
}

impl Serialize for Approvers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(to),
            many => many.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Approvers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(Need),
            Many(Vec<Need>),
        }
        Ok(match Written::deserialize(from)? {
            Written::One(need) => Self(vec![need]),
            Written::Many(needs) => Self(needs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_from_before_reads_as_it_was_meant() {
        let old: Approvers = serde_json::from_str(r#"{"who":"agent_sponsor"}"#).unwrap();
        assert_eq!(old, ApproverRule::AgentSponsor.into());
        assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"who":"agent_sponsor"}"#);
    }

    #[test]
    fn what_is_written_reads_back() {
        let need = Need {
            who: ApproverRule::Manager,
            count: Count(2),
            four_eyes: FourEyes::NotOwner,
            above: Some(Amount { currency: "EUR".into(), value: "100000".into() }),
            escalation: Some(Escalation { after: Seconds(60), to: ApproverRule::AgentOwner }),
        };
        let rule = Approvers(vec![ApproverRule::Person.into(), need]);
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Approvers>(&text).unwrap(), rule, "{text}");
    }
}
