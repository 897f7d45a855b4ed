//! `user_disable`: the person is signed out everywhere, and every token in which they take part is dead.

use chancery_directory::users;
use chancery_kernel::UserId;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    version: Option<IfMatch>,
    Body(why): Body<views::Reason>,
) -> Result<Versioned<views::User>, Problem> {
    let user = users::disable(&cx, id, version.map(|v| v.0), Some(why.reason)).await?;
    Ok(views::versioned(user.as_ref()))
}
