//! `application_enable`: the application is answered again; what was issued before stays dead.

use chancery_directory::applications;
use chancery_kernel::AppId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AppId>,
    version: Option<IfMatch>,
) -> Result<Versioned<views::Application>, Problem> {
    let application = applications::enable(&cx, id, version.map(|v| v.0)).await?;
    Ok(views::versioned(application.as_ref()))
}
