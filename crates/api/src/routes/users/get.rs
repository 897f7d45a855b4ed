//! `user_get`: one user.

use chancery_directory::users;
use chancery_kernel::UserId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<UserId>) -> Result<Versioned<views::User>, Problem> {
    Ok(views::versioned(users::get(&cx, id).await?.as_ref()))
}
