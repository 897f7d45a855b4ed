//! `group_create`: a new group.

use chancery_directory::groups::{self, NewGroup};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    name: String,
    #[serde(default)]
    description: String,
}

pub async fn handle(Call(cx): Call, Body(new): Body<NewTeam>) -> Result<Created<views::Group>, Problem> {
    let new = NewGroup { name: new.name, description: new.description };
    let group = groups::create(&cx, new).await?;
    Ok(views::created("/api/v1/groups", group.as_ref()))
}
