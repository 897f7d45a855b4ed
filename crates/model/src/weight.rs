//! What weighs so much that a person looks twice: classes of acts that want a number and a fresh second factor.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    Payment,
    PermissionChange,
    Export,
    ExternalMessage,
    Deletion,
    Contract,
    CustomerData,
}

impl Weight {
    pub const ALL: [Self; 7] = [
        Self::Payment,
        Self::PermissionChange,
        Self::Export,
        Self::ExternalMessage,
        Self::Deletion,
        Self::Contract,
        Self::CustomerData,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::PermissionChange => "permission_change",
            Self::Export => "export",
            Self::ExternalMessage => "external_message",
            Self::Deletion => "deletion",
            Self::Contract => "contract",
            Self::CustomerData => "customer_data",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Payment => "a payment",
            Self::PermissionChange => "a change of permissions",
            Self::Export => "an export of data",
            Self::ExternalMessage => "a message to the outside",
            Self::Deletion => "a deletion",
            Self::Contract => "a contract",
            Self::CustomerData => "customer data",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weight| weight.as_str() == text)
    }
}
