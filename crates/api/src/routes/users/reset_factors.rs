//! `user_reset_factors`: after a loss, a person starts anew: no second factor, no recovery code, no session.

use chancery_directory::users::factors;
use chancery_kernel::UserId;

use crate::extract::{Body, Call, Path};
use crate::{Done, Problem, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    Body(why): Body<views::Reason>,
) -> Result<Done, Problem> {
    factors::reset(&cx, id, &why.reason).await?;
    Ok(Done)
}
