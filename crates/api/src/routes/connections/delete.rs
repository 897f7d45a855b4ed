//! `connection_delete`: the end of one connection, so that the tiers of the application hold again.

use chancery_directory::connections;
use chancery_kernel::ConnectionId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ConnectionId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    connections::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
