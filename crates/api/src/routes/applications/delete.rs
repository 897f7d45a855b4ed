//! `application_delete`: the end of one application, with its assignments, connections and grants.

use chancery_directory::applications;
use chancery_kernel::AppId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AppId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    applications::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
