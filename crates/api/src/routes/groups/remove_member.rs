//! `group_remove_member`: a person leaves a group, and what only the group gave ends at once.

use chancery_directory::groups;
use chancery_kernel::{GroupId, UserId};

use crate::extract::{Call, Path2};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path2(group, user): Path2<GroupId, UserId>) -> Result<Done, Problem> {
    groups::remove_member(&cx, group, user).await?;
    Ok(Done)
}
