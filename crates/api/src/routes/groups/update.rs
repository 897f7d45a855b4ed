//! `group_update`: changes to a group.

use chancery_directory::groups::{self, GroupPatch};
use chancery_kernel::GroupId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    name: Option<String>,
    description: Option<String>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<GroupId>,
    IfMatch(version): IfMatch,
    Body(change): Body<GroupChange>,
) -> Result<Versioned<views::Group>, Problem> {
    let patch = GroupPatch { name: change.name, description: change.description };
    let group = groups::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(group.as_ref()))
}
