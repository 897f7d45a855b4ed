//! `group_get`: one group.

use chancery_directory::groups;
use chancery_kernel::GroupId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<GroupId>) -> Result<Versioned<views::Group>, Problem> {
    Ok(views::versioned(groups::get(&cx, id).await?.as_ref()))
}
