//! `client_disable`: the client is refused, and every token issued to it is dead.

use chancery_directory::clients;
use chancery_kernel::ClientId;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    version: Option<IfMatch>,
    Body(why): Body<views::Reason>,
) -> Result<Versioned<views::Client>, Problem> {
    let client = clients::disable(&cx, id, version.map(|v| v.0), Some(why.reason)).await?;
    Ok(views::versioned(client.as_ref()))
}
