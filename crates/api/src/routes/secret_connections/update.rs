//! `secret_connection_update`: another tier, or another end.

use chancery_broker::reaches::{self, ReachPatch};
use chancery_kernel::{ReachId, Timestamp};
use chancery_model::Tier;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::views::given;
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretConnectionChange {
    #[schema(value_type = Option<String>)]
    tier: Option<Tier>,
    /// `null`: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Option<Timestamp>>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ReachId>,
    IfMatch(version): IfMatch,
    Body(change): Body<SecretConnectionChange>,
) -> Result<Versioned<views::SecretConnection>, Problem> {
    let SecretConnectionChange { tier, ends } = change;
    let reach = reaches::update(&cx, id, Some(version), ReachPatch { tier, ends }).await?;
    Ok(views::versioned(reach.as_ref()))
}
