//! `application_get`: one application.

use chancery_directory::applications;
use chancery_kernel::AppId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<AppId>) -> Result<Versioned<views::Application>, Problem> {
    Ok(views::versioned(applications::get(&cx, id).await?.as_ref()))
}
