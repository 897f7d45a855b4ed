//! `secret_rotate`: a new value now, by whoever is set up to make it.

use chancery_broker::rotate;

use crate::extract::{Call, SecretPath};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, SecretPath(spot): SecretPath) -> Result<Done, Problem> {
    rotate::order(&cx, &spot).await?;
    Ok(Done)
}
