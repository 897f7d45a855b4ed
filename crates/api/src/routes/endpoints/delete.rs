//! `endpoint_delete`: the end of one endpoint, with what waits for it.

use chancery_kernel::EndpointId;
use chancery_notify::endpoints;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<EndpointId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    endpoints::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
