//! `user_set_password`: another password, set by an administrator; whoever is signed in with the old one is out.

use chancery_directory::users;
use chancery_kernel::{Secret, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, Path};
use crate::{Done, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[schema(format = Password)]
    password: String,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    Body(new): Body<NewPassword>,
) -> Result<Done, Problem> {
    users::set_password(&cx, id, Secret::new(new.password)).await?;
    Ok(Done)
}
