//! `group_add_member`: a person joins a group; to join twice is to join once.

use chancery_directory::groups;
use chancery_kernel::{GroupId, UserId};

use crate::extract::{Call, Path2};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path2(group, user): Path2<GroupId, UserId>) -> Result<Done, Problem> {
    groups::add_member(&cx, group, user).await?;
    Ok(Done)
}
