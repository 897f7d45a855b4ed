//! `user_remove_factor`: the end of one second factor of a person.

use chancery_directory::users::factors;
use chancery_kernel::{FactorId, UserId};

use crate::extract::{Call, Path2};
use crate::{Done, Problem};

pub async fn handle(Call(cx): Call, Path2(user, factor): Path2<UserId, FactorId>) -> Result<Done, Problem> {
    factors::remove(&cx, user, factor).await?;
    Ok(Done)
}
