//! `secret_connection_delete`: somebody may reach it no longer; what was lent to an agent by it is over.

use chancery_broker::reaches;
use chancery_kernel::ReachId;

use crate::extract::{Call, Path};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path(id): Path<ReachId>) -> Result<Done, Problem> {
    reaches::delete(&cx, id).await?;
    Ok(Done)
}
