//! `folder_delete`: the end of an empty folder.

use chancery_broker::folders;

use crate::extract::{Call, FolderPath};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, at: FolderPath) -> Result<Done, Problem> {
    folders::delete(&cx, &at.resource_group, &at.project).await?;
    Ok(Done)
}
