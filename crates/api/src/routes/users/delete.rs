//! `user_delete`: the end of one user, for good, with all they had.

use chancery_directory::users;
use chancery_kernel::UserId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    users::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
