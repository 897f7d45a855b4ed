//! `folder_create`: a folder of the vault, with the policy for its secrets.

use chancery_broker::folders::{self, NewFolder};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFolder)]
pub struct Place {
    /// 1 to 64 of a-z, 0-9, `-`, `_` and `.`.
    resource_group: String,
    project: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    policy: views::RevealPolicy,
}

pub async fn handle(Call(cx): Call, Body(new): Body<Place>) -> Result<Created<views::Folder>, Problem> {
    let Place { resource_group, project, description, policy } = new;
    let policy = policy.into();
    let folder = folders::create(&cx, NewFolder { resource_group, project, description, policy }).await?;
    let path = chancery_model::Folder::path(&folder.resource_group, &folder.project);
    Ok(Created {
        location: format!("/api/v1/secrets/{path}"),
        version: folder.meta.version,
        body: views::Folder::from(&*folder),
    })
}
