//! `organization_get`: one organization.

use chancery_directory::organizations;
use chancery_kernel::OrgId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<OrgId>,
) -> Result<Versioned<views::Organization>, Problem> {
    Ok(views::versioned(organizations::get(&cx, id).await?.as_ref()))
}
