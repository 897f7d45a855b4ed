//! `grant_withdraw`: somebody's consent or approval, taken back by an administrator.

use chancery_directory::grants;
use chancery_kernel::GrantId;

use crate::extract::{Call, Path};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path(id): Path<GrantId>) -> Result<Done, Problem> {
    grants::withdraw(&cx, id).await?;
    Ok(Done)
}
