//! `secret_delete`: the end of a secret and all its versions; what was lent of it is over.

use chancery_broker::secrets;

use crate::extract::{Call, IfMatch, SecretPath};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    secrets::delete(&cx, &spot, version.map(|v| v.0)).await?;
    Ok(Done)
}
