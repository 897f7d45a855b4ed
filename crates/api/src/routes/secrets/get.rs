//! `secret_get`: what is known of one secret; not its value.

use chancery_broker::secrets;

use crate::extract::{Call, SecretPath};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
) -> Result<Versioned<views::Secret>, Problem> {
    Ok(views::Secret::versioned(&secrets::get(&cx, &spot).await?))
}
