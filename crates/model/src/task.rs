//! What an agent says it wants to do, in six facts: the built-in type `agent_task` of RFC 9396.

use chancery_kernel::Seconds;
use serde::{Deserialize, Serialize};

use crate::application::Action;
use crate::weight::Weight;

/// The type's name on the wire.
pub const AGENT_TASK: &str = "agent_task";

/// The six facts a person decides by; none is optional. The rest is said where there is any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What the agent wants to do, in one sentence.
    pub task: String,
    pub system: String,
    pub data: String,
    pub access: Action,
    /// What it means for the business.
    pub impact: String,
    /// How long it lasts: no token for it lives longer.
    pub duration: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    #[serde(default)]
    pub recipients: Vec<String>,
    /// What it weighs as, by the agent's own word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<Weight>,
}

/// Money, as text: numbers of JSON lose digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Three capital letters (ISO 4217).
    pub currency: String,
    /// Digits, and a point with more digits where there are any.
    pub value: String,
}

impl Amount {
    /// In ten-thousandths, exactly; nothing where it is no amount, or has finer parts.
    pub fn units(&self) -> Option<u128> {
        const PLACES: usize = 4;
        let (whole, part) = self.value.split_once('.').unwrap_or((&self.value, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > PLACES {
            return None;
        }
        format!("{whole}{part:0<PLACES$}").parse().ok()
    }

    /// As people read it, its thousands apart: `EUR 120,000.00`.
    pub fn words(&self) -> String {
        let (whole, part) = self.value.split_once('.').unwrap_or((&self.value, ""));
        let mut out = format!("{} ", self.currency);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        if !part.is_empty() {
            out.push('.');
            out.push_str(part);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_are_compared_exactly() {
        let of = |value: &str| Amount { currency: "EUR".into(), value: value.into() }.units();
        assert_eq!((of("100000"), of("100000.0001")), (Some(1_000_000_000), Some(1_000_000_001)));
        assert!(["", ".5", "1.00001", "1e9", "-1", "1,000"].iter().all(|text| of(text).is_none()));
        assert!(of("999999999999999.9999") > of("999999999999999"));
    }

    #[test]
    fn amounts_show_their_thousands() {
        let of = |value: &str| Amount { currency: "EUR".into(), value: value.into() }.words();
        assert_eq!(
            (of("7"), of("120000.00"), of("1234567")),
            ("EUR 7".into(), "EUR 120,000.00".into(), "EUR 1,234,567".into())
        );
    }
}
