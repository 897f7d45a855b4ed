//! `grant_return`: a permission given back before its end.

use chancery_governance::requests;
use chancery_kernel::GrantId;

use crate::extract::{Call, Path};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path(id): Path<GrantId>) -> Result<Done, Problem> {
    requests::give_back(&cx, id).await?;
    Ok(Done)
}
