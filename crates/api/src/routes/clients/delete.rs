//! `client_delete`: the end of one client, and every token issued to it.

use chancery_directory::clients;
use chancery_kernel::ClientId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    clients::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
