//! `user_create`: a new person.

use chancery_directory::users::{self, NewUser};
use chancery_kernel::{Secret, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// What the person types to sign in.
    login: String,
    email: String,
    display_name: String,
    #[schema(value_type = Option<String>)]
    manager: Option<UserId>,
    /// Without one the person cannot sign in with a password yet.
    #[schema(format = Password)]
    password: Option<String>,
}

pub async fn handle(Call(cx): Call, Body(new): Body<NewPerson>) -> Result<Created<views::User>, Problem> {
    let NewPerson { login, email, display_name, manager, password } = new;
    let new = NewUser { login, email, display_name, manager, password: password.map(Secret::new) };
    let user = users::create(&cx, new).await?;
    Ok(views::created("/api/v1/users", user.as_ref()))
}
