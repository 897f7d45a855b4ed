//! `client_enable`: the client is answered again; what was issued before stays dead.

use chancery_directory::clients;
use chancery_kernel::ClientId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    version: Option<IfMatch>,
) -> Result<Versioned<views::Client>, Problem> {
    let client = clients::enable(&cx, id, version.map(|v| v.0)).await?;
    Ok(views::versioned(client.as_ref()))
}
