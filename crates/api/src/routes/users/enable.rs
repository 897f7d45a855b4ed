//! `user_enable`: the person may sign in again; what was issued before stays dead.

use chancery_directory::users;
use chancery_kernel::UserId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    version: Option<IfMatch>,
) -> Result<Versioned<views::User>, Problem> {
    let user = users::enable(&cx, id, version.map(|v| v.0)).await?;
    Ok(views::versioned(user.as_ref()))
}
