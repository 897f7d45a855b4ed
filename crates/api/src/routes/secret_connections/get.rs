//! `secret_connection_get`: one connection to the vault.

use chancery_broker::reaches;
use chancery_kernel::ReachId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ReachId>,
) -> Result<Versioned<views::SecretConnection>, Problem> {
    Ok(views::versioned(reaches::get(&cx, id).await?.as_ref()))
}
