//! Rules for who has to say yes, as the API writes them: a word, an object for more, a list for several needs.

use chancery_kernel::Seconds;
use chancery_model::{ApproverRule, Count, Escalation, FourEyes};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use utoipa::ToSchema;

/// Who answers where an agent has to ask: a word, or the id of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approver(pub ApproverRule);

impl Serialize for Approver {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            ApproverRule::Person => to.serialize_str("person"),
            ApproverRule::AgentOwner => to.serialize_str("agent_owner"),
            ApproverRule::AgentSponsor => to.serialize_str("agent_sponsor"),
            ApproverRule::ApplicationOwner => to.serialize_str("application_owner"),
            ApproverRule::Manager => to.serialize_str("manager"),
            ApproverRule::Group { group } => to.collect_str(group),
        }
    }
}

impl<'de> Deserialize<'de> for Approver {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let group = || text.parse().ok().map(|group| ApproverRule::Group { group });
        let rule = match text.as_str() {
            "person" => Some(ApproverRule::Person),
            "agent_owner" => Some(ApproverRule::AgentOwner),
            "agent_sponsor" => Some(ApproverRule::AgentSponsor),
            "application_owner" => Some(ApproverRule::ApplicationOwner),
            "manager" => Some(ApproverRule::Manager),
            _ => group(),
        };
        let told = "not `person`, `agent_owner`, `agent_sponsor`, `application_owner`, `manager` or the id of a group";
        rule.map(Self).ok_or_else(|| de::Error::custom(told))
    }
}

/// One need: so many of these people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApproverNeed)]
pub struct Need {
    /// `person`, `agent_owner`, `agent_sponsor`, `application_owner`, `manager`, or the id of a group.
    #[schema(value_type = String)]
    who: Approver,
    /// How many of them.
    #[serde(default = "one")]
    count: u32,
    /// Whose yes does not count: `off`, `not_requester` or `not_owner`.
    #[serde(default)]
    #[schema(value_type = String)]
    four_eyes: FourEyes,
    /// Only above this amount, or where nobody said how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    above: Option<Amount>,
    /// Who else may answer after a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    escalation: Option<Later>,
}

const fn one() -> u32 {
    1
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApproverAmount)]
struct Amount {
    currency: String,
    value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApproverEscalation)]
struct Later {
    /// Seconds.
    #[schema(value_type = i64)]
    after: Seconds,
    #[schema(value_type = String)]
    to: Approver,
}

impl From<&chancery_model::Need> for Need {
    fn from(need: &chancery_model::Need) -> Self {
        Self {
            who: Approver(need.who.clone()),
            count: need.count.0,
            four_eyes: need.four_eyes,
            above: need.above.clone().map(|a| Amount { currency: a.currency, value: a.value }),
            escalation: need.escalation.clone().map(|e| Later { after: e.after, to: Approver(e.to) }),
        }
    }
}

impl From<Need> for chancery_model::Need {
    fn from(need: Need) -> Self {
        let Need { who, count, four_eyes, above, escalation } = need;
        Self {
            who: who.0,
            count: Count(count),
            four_eyes,
            above: above.map(|a| chancery_model::Amount { currency: a.currency, value: a.value }),
            escalation: escalation.map(|later| Escalation { after: later.after, to: later.to.0 }),
        }
    }
}

/// A whole rule: every need has to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvers(pub chancery_model::Approvers);

#[derive(Serialize)]
#[serde(untagged)]
enum One {
    Word(Approver),
    Full(Need),
}

fn shown(need: &chancery_model::Need) -> One {
    match *need == chancery_model::Need::from(need.who.clone()) {
        true => One::Word(Approver(need.who.clone())),
        false => One::Full(need.into()),
    }
}

/// A word or an object; a list in a list is neither.
fn meant(written: Value) -> Result<chancery_model::Need, serde_json::Error> {
    match written {
        Value::String(_) => Approver::deserialize(written).map(|kind| kind.0.into()),
        Value::Object(_) => Need::deserialize(written).map(Into::into),
        _ => Err(de::Error::custom("a need is a word or an object")),
    }
}

impl Serialize for Approvers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.0.as_slice() {
            [one] => shown(one).serialize(to),
            many => many.iter().map(shown).collect::<Vec<_>>().serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Approvers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let told = "not a word (`person`, `agent_owner`, `agent_sponsor`, `application_owner`, `manager`, the id of a \
                    group), an object with who, count, four_eyes, above and escalation, or a list of those";
        let needs = match Value::deserialize(from)? {
            Value::Array(many) => many.into_iter().map(meant).collect(),
            one => meant(one).map(|need| vec![need]),
        };
        let needs = needs.map_err(|why| de::Error::custom(format!("{told}: {why}")))?;
        Ok(Self(chancery_model::Approvers(needs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Approvers, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_plain_rule_is_a_word_and_what_is_more_an_object() {
        for text in [
            r#""agent_sponsor""#,
            r#"{"who":"manager","count":2,"four_eyes":"not_owner","above":{"currency":"EUR","value":"100000"},"escalation":{"after":60,"to":"agent_owner"}}"#,
            r#"["person",{"who":"manager","count":1,"four_eyes":"not_requester"}]"#,
        ] {
            let rule = read(text).unwrap();
            assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in
            [r#""boss""#, r#"{"who":"person","cuont":2}"#, r#"{"count":2}"#, "2", "null", r#"[["person"]]"#]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
