//! `client_get`: one client.

use chancery_directory::clients;
use chancery_kernel::ClientId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<ClientId>) -> Result<Versioned<views::Client>, Problem> {
    Ok(views::versioned(clients::get(&cx, id).await?.as_ref()))
}
