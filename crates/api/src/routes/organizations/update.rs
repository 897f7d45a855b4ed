//! `organization_update`: another title, other rules.

use chancery_directory::organizations::{self, OrganizationPatch};
use chancery_kernel::OrgId;
use chancery_model::{FactorRule, LeavingRule};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    title: Option<String>,
    /// Of whom a second factor is wanted: `when_enrolled`, `administrators` or `everybody`.
    #[schema(value_type = Option<String>)]
    second_factor: Option<FactorRule>,
    /// What becomes of a permission in force when somebody leaves who had said yes to it: `end` or `review`.
    #[schema(value_type = Option<String>)]
    approver_left: Option<LeavingRule>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<OrgId>,
    IfMatch(version): IfMatch,
    Body(change): Body<OrganizationChange>,
) -> Result<Versioned<views::Organization>, Problem> {
    let OrganizationChange { title, second_factor, approver_left } = change;
    let patch = OrganizationPatch { title, second_factor, approver_left };
    let organization = organizations::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(organization.as_ref()))
}
