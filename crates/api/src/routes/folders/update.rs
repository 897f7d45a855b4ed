//! `folder_update`: another policy for the secrets of a folder.

use chancery_broker::folders::{self, FolderPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, FolderPath, IfMatch};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderChange {
    description: Option<String>,
    /// Replaces the whole policy.
    policy: Option<views::RevealPolicy>,
}

pub async fn handle(
    Call(cx): Call,
    at: FolderPath,
    IfMatch(version): IfMatch,
    Body(change): Body<FolderChange>,
) -> Result<Versioned<views::Folder>, Problem> {
    let FolderChange { description, policy } = change;
    let patch = FolderPatch { description, policy: policy.map(Into::into) };
    let folder = folders::update(&cx, &at.resource_group, &at.project, Some(version), patch).await?;
    Ok(views::versioned(folder.as_ref()))
}
