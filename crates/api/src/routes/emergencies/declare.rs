//! `emergency_declare`: a permission taken without asking, by a person whose role allows it.

use axum::extract::State;
use chancery_issuer::Wish;
use chancery_kernel::{AgentId, AppId, ScopeSet, Seconds};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Api, Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// The agent that acts for you.
    #[schema(value_type = String)]
    agent: AgentId,
    #[schema(value_type = String)]
    application: AppId,
    /// Separated by spaces.
    #[schema(value_type = String)]
    scopes: ScopeSet,
    /// Why nobody can be asked: it stands in the log, and is reviewed.
    reason: String,
    /// 60 to 3600 seconds: 900, if nothing is said.
    #[schema(value_type = Option<i64>)]
    seconds: Option<Seconds>,
}

pub async fn handle(
    State(api): State<Api>,
    Call(cx): Call,
    Body(taken): Body<Emergency>,
) -> Result<Created<views::Approval>, Problem> {
    let Emergency { agent, application, scopes, reason, seconds } = taken;
    let wish = Wish {
        agent: Some(agent),
        application: Some(application),
        scopes,
        purpose: reason,
        length: seconds,
        ..Wish::default()
    };
    let taken = api.issuer.declare_emergency(&cx, wish).await?;
    Ok(Created {
        location: format!("/api/v1/requests/{}", taken.id),
        version: taken.meta.version,
        body: views::Approval::at(cx.now(), &taken),
    })
}
