//! `user_update`: changes to a person.

use chancery_directory::users::{self, UserPatch};
use chancery_kernel::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::views::given;
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    login: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
    /// `null`: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    manager: Option<Option<UserId>>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<UserId>,
    IfMatch(version): IfMatch,
    Body(change): Body<UserChange>,
) -> Result<Versioned<views::User>, Problem> {
    let UserChange { login, email, display_name, manager } = change;
    let patch = UserPatch { login, email, display_name, manager };
    let user = users::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(user.as_ref()))
}
