//! `group_delete`: the end of one group, with its memberships and assignments.

use chancery_directory::groups;
use chancery_kernel::GroupId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<GroupId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    groups::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
