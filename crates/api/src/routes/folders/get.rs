//! `folder_get`: one folder of the vault.

use chancery_broker::folders;

use crate::extract::{Call, FolderPath};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, at: FolderPath) -> Result<Versioned<views::Folder>, Problem> {
    let folder = folders::get(&cx, &at.resource_group, &at.project).await?;
    Ok(views::versioned(folder.as_ref()))
}
