//! Second factors of people, and when an organization wants them.

use chancery_kernel::{FactorId, OrgId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// One-time codes of an app (RFC 6238).
    Totp,
    /// A key in a device (WebAuthn).
    Passkey,
}

impl FactorKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }
}

/// One factor, as lists show it: its key is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    pub id: FactorId,
    pub org: OrgId,
    pub user: UserId,
    pub kind: FactorKind,
    /// What the person calls it.
    pub name: String,
    pub created: Timestamp,
    pub used: Option<Timestamp>,
}

/// Of whom an organization wants a second factor at the sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorRule {
    /// Of everybody who has one.
    #[default]
    WhenEnrolled,
    /// Of whoever has rights over this server too: without one they can do nothing but enroll one.
    Administrators,
    /// Of everybody.
    Everybody,
}

impl FactorRule {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhenEnrolled => "when_enrolled",
            Self::Administrators => "administrators",
            Self::Everybody => "everybody",
        }
    }

    /// Whether this person has to have one.
    pub const fn demands(self, administrator: bool) -> bool {
        match self {
            Self::WhenEnrolled => false,
            Self::Administrators => administrator,
            Self::Everybody => true,
        }
    }
}
