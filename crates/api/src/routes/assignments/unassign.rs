//! `assignment_unassign`: the end of one assignment, so that it acts at once.

use chancery_directory::assignments;
use chancery_kernel::AssignmentId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AssignmentId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    assignments::unassign(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
