//! `assignment_get`: one assignment.

use chancery_directory::assignments;
use chancery_kernel::AssignmentId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AssignmentId>,
) -> Result<Versioned<views::Assignment>, Problem> {
    Ok(views::versioned(assignments::get(&cx, id).await?.as_ref()))
}
