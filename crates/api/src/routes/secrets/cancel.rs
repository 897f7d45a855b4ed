//! `secret_cancel`: whoever asked for a secret needs it no more.

use chancery_broker::requests;

use crate::extract::{Call, RequestPath};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, RequestPath(spot, id): RequestPath) -> Result<Done, Problem> {
    requests::cancel(&cx, &spot, id).await?;
    Ok(Done)
}
