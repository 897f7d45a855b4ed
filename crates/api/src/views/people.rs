//! Organizations, people and groups, as the API shows them.

use chancery_kernel::{FactorId, GroupId, OrgId, Timestamp, UserId};
use chancery_model::{FactorKind, FactorRule, LeavingRule, UserStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meta;

/// The wall around everything else.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    #[schema(value_type = String, example = "org_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: OrgId,
    /// Short name in addresses.
    slug: String,
    title: String,
    /// Of whom a second factor is wanted: `when_enrolled`, `administrators` or `everybody`.
    #[schema(value_type = String)]
    second_factor: FactorRule,
    /// What becomes of a permission in force when somebody leaves who had said yes to it: `end` or `review`.
    #[schema(value_type = String)]
    approver_left: LeavingRule,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Organization> for Organization {
    fn from(o: &chancery_model::Organization) -> Self {
        Self {
            id: o.id,
            slug: o.slug.clone(),
            title: o.title.clone(),
            second_factor: o.second_factor,
            approver_left: o.approver_left,
            meta: (&o.meta).into(),
        }
    }
}

/// Somebody who answers in another one's stead for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct Away {
    #[schema(value_type = String)]
    stand_in: UserId,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    #[schema(value_type = String, example = "usr_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: UserId,
    /// What the person types to sign in; in lower case.
    login: String,
    email: String,
    display_name: String,
    /// `active` or `disabled`.
    #[schema(value_type = String)]
    status: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    manager: Option<UserId>,
    /// Who answers for them while they are away, as they said themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<Away>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::User> for User {
    fn from(u: &chancery_model::User) -> Self {
        Self {
            id: u.id,
            login: u.login.clone(),
            email: u.email.clone(),
            display_name: u.display_name.clone(),
            status: u.status,
            manager: u.manager,
            away: u.away.as_ref().map(|a| Away { stand_in: a.stand_in, from: a.from, until: a.until }),
            meta: (&u.meta).into(),
        }
    }
}

/// A second factor of a person; its key is shown to nobody.
#[derive(Debug, Serialize, ToSchema)]
pub struct Factor {
    #[schema(value_type = String, example = "fac_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: FactorId,
    /// `totp` or `passkey`.
    #[schema(value_type = String)]
    kind: FactorKind,
    name: String,
    #[schema(value_type = String)]
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    used: Option<Timestamp>,
}

impl From<&chancery_model::Factor> for Factor {
    fn from(f: &chancery_model::Factor) -> Self {
        Self { id: f.id, kind: f.kind, name: f.name.clone(), created: f.created, used: f.used }
    }
}

/// People who are given things together.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    #[schema(value_type = String, example = "grp_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: GroupId,
    name: String,
    description: String,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Group> for Group {
    fn from(g: &chancery_model::Group) -> Self {
        Self { id: g.id, name: g.name.clone(), description: g.description.clone(), meta: (&g.meta).into() }
    }
}
