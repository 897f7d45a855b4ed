//! `assignment_assign`: somebody may use an application.

use chancery_directory::assignments::{self, NewAssignment};
use chancery_kernel::{AppId, ScopeSet};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::views::Assignee;
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignee {
    /// Id of a user, group, agent or client.
    #[schema(value_type = String)]
    principal: Assignee,
    #[schema(value_type = String)]
    application: AppId,
    /// Separated by spaces; absent: all scopes of the application.
    #[schema(value_type = Option<String>)]
    scopes: Option<ScopeSet>,
}

pub async fn handle(
    Call(cx): Call,
    Body(new): Body<NewAssignee>,
) -> Result<Created<views::Assignment>, Problem> {
    let NewAssignee { principal, application, scopes } = new;
    let new = NewAssignment { principal: principal.0, application, scopes };
    let assignment = assignments::assign(&cx, new).await?;
    Ok(views::created("/api/v1/assignments", assignment.as_ref()))
}
