//! `grant_get`: one grant.

use chancery_directory::grants;
use chancery_kernel::GrantId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<GrantId>) -> Result<Versioned<views::Grant>, Problem> {
    let grant = grants::get(&cx, id).await?;
    Ok(Versioned { version: grant.meta.version, body: views::Grant::at(cx.now(), &grant) })
}
