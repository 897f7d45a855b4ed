//! `connection_update`: changes to a connection; where it becomes stricter, it acts on tokens already issued.

use chancery_directory::connections::{self, ConnectionPatch};
use chancery_kernel::{ConnectionId, ScopeSet, Seconds, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::views::{Approvers, given};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    #[schema(value_type = Option<String>)]
    auto: Option<ScopeSet>,
    #[schema(value_type = Option<String>)]
    approval: Option<ScopeSet>,
    #[schema(value_type = Option<String>)]
    never: Option<ScopeSet>,
    #[schema(value_type = Option<Object>)]
    approver: Option<Approvers>,
    asks_by_itself: Option<bool>,
    /// `null`: as long as the application says.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    longest_lifetime: Option<Option<Seconds>>,
    /// `null`: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Option<Timestamp>>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ConnectionId>,
    IfMatch(version): IfMatch,
    Body(change): Body<ConnectionChange>,
) -> Result<Versioned<views::Connection>, Problem> {
    let ConnectionChange { auto, approval, never, approver, asks_by_itself, longest_lifetime, ends } = change;
    let approver = approver.map(|approver| approver.0);
    let patch = ConnectionPatch { auto, approval, never, approver, asks_by_itself, longest_lifetime, ends };
    let connection = connections::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(connection.as_ref()))
}
