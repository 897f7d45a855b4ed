//! `application_disable`: no token for the application is issued any more, and those that were are dead.

use chancery_directory::applications;
use chancery_kernel::AppId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AppId>,
    version: Option<IfMatch>,
) -> Result<Versioned<views::Application>, Problem> {
    let application = applications::disable(&cx, id, version.map(|v| v.0)).await?;
    Ok(views::versioned(application.as_ref()))
}
