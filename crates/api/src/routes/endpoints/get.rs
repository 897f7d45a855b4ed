//! `endpoint_get`: one endpoint.

use chancery_kernel::EndpointId;
use chancery_notify::endpoints;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<EndpointId>,
) -> Result<Versioned<views::Endpoint>, Problem> {
    let endpoint = endpoints::get(&cx, id).await?;
    Ok(views::versioned(endpoint.as_ref()))
}
