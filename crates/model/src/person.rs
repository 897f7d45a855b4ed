//! Organizations, people and groups.

use chancery_kernel::{GroupId, OrgId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{FactorRule, Meta, noun};

/// The isolation wall. Nothing crosses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: OrgId,
    /// Short name in addresses, unique in the deployment: lower-case letters, digits, hyphens.
    pub slug: String,
    pub title: String,
    /// Of whom a second factor is wanted.
    #[serde(default)]
    pub second_factor: FactorRule,
    /// What becomes of a permission in force when somebody leaves who had said yes to it.
    #[serde(default)]
    pub approver_left: LeavingRule,
    #[serde(flatten)]
    pub meta: Meta,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeavingRule {
    /// It ends at once.
    #[default]
    End,
    /// It goes on to its end, and stands in review until somebody else has said yes to it.
    Review,
}

impl LeavingRule {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Review => "review",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Disabled,
}

/// While somebody is away, somebody they named answers in their stead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    pub stand_in: UserId,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// A human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub org: OrgId,
    /// What the person types to sign in; unique in the organization, compared in lower case.
    pub login: String,
    /// Unique in the organization, like the login: some systems know people by it.
    pub email: String,
    pub display_name: String,
    pub status: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manager: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub away: Option<Away>,
    /// When an administrator last took their second factors away.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub factors_reset: Option<Timestamp>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl User {
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: GroupId,
    pub org: OrgId,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Group {
    /// May do everything. The group is found by its name, which is why it cannot be renamed.
    pub const ADMINISTRATORS: &str = "administrators";
}

/// One person in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Membership {
    pub org: OrgId,
    pub group: GroupId,
    pub user: UserId,
}

impl crate::Noun for Organization {
    type Id = OrgId;
    const NOUN: &'static str = "organization";
    fn id(&self) -> OrgId {
        self.id
    }
    fn org(&self) -> OrgId {
        self.id
    }
    fn name(&self) -> String {
        self.slug.clone()
    }
    fn meta(&self) -> &Meta {
        &self.meta
    }
    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}
noun!(User, UserId, "user", |u| u.login.clone());
noun!(Group, GroupId, "group", |g| g.name.clone());
