//! `user_groups`: the groups a person is in.

use axum::Json;
use chancery_directory::users;
use chancery_kernel::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Call, Path};
use crate::{Answer, views};

#[derive(Serialize, ToSchema)]
pub struct GroupsOf {
    items: Vec<views::Group>,
}

pub async fn handle(Call(cx): Call, Path(id): Path<UserId>) -> Answer<GroupsOf> {
    let groups = users::groups(&cx, id).await?;
    Ok(Json(GroupsOf { items: groups.iter().map(|group| views::Group::from(group.as_ref())).collect() }))
}
