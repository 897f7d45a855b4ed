//! `secret_connection_create`: somebody may reach a folder of the vault, or one secret of it.

use chancery_broker::reaches::{self, NewReach};
use chancery_kernel::{FolderId, SecretId, Timestamp};
use chancery_model::Tier;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::views::Assignee;
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecretConnection {
    /// Id of an agent, user, group, or client without an agent.
    #[schema(value_type = String)]
    principal: Assignee,
    #[schema(value_type = String)]
    folder: FolderId,
    /// Absent: every secret of the folder.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretId>,
    /// `auto`, `approval` or `never`; the policy's tier counts where it is stricter.
    #[schema(value_type = String)]
    tier: Tier,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Timestamp>,
}

pub async fn handle(
    Call(cx): Call,
    Body(new): Body<NewSecretConnection>,
) -> Result<Created<views::SecretConnection>, Problem> {
    let NewSecretConnection { principal, folder, secret, tier, ends } = new;
    let reach = reaches::create(&cx, NewReach { principal: principal.0, folder, secret, tier, ends }).await?;
    Ok(views::created("/api/v1/secrets/connections", reach.as_ref()))
}
