//! `assignment_update`: other scopes; where they shrink, it acts on tokens already issued.

use chancery_directory::assignments;
use chancery_kernel::{AssignmentId, ScopeSet};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentChange {
    /// Separated by spaces; `null`: all scopes of the application. Has to be there, so that nothing is widened by
    /// leaving it out.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, value_type = Option<String>)]
    scopes: Option<ScopeSet>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AssignmentId>,
    IfMatch(version): IfMatch,
    Body(change): Body<AssignmentChange>,
) -> Result<Versioned<views::Assignment>, Problem> {
    let assignment = assignments::update(&cx, id, Some(version), change.scopes).await?;
    Ok(views::versioned(assignment.as_ref()))
}
