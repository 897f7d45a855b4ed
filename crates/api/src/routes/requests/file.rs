//! `request_file`: an agent or a person asks for a permission for a while.

use axum::extract::State;
use chancery_governance::requests;
use chancery_issuer::Wish;
use chancery_kernel::{AgentId, AppId, GrantId, ScopeSet, Seconds, Timestamp, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Api, Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessWish)]
pub struct Asked {
    /// The agent that is to be allowed: where a person asks.
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// On whose behalf: where an agent asks, and its token names nobody.
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
    /// At which system. An extension has that of its grant.
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    /// Separated by spaces. Of an extension: those of its grant, unless fewer are named.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    scopes: ScopeSet,
    /// What for, in one sentence: the person reads it as the words of whoever asks.
    purpose: String,
    /// How long the permission lasts, 60 to 28800 seconds: 900, if nothing is said.
    #[schema(value_type = Option<i64>)]
    seconds: Option<Seconds>,
    /// From when, at most 30 days ahead: from the answer, if nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts: Option<Timestamp>,
    /// To be assigned to the application for so long. A person who names no agent asks for themselves.
    #[serde(default)]
    assign: bool,
    /// The grant that is to last longer.
    #[schema(value_type = Option<String>)]
    extends: Option<GrantId>,
}

impl From<Asked> for Wish {
    fn from(asked: Asked) -> Self {
        let Asked { agent, user, application, scopes, purpose, seconds, starts, assign, extends } = asked;
        Self { agent, user, application, scopes, purpose, length: seconds, starts, assigns: assign, extends }
    }
}

pub async fn handle(
    State(api): State<Api>,
    Call(cx): Call,
    Body(asked): Body<Asked>,
) -> Result<Created<views::Approval>, Problem> {
    let id = api.issuer.request_access(&cx, asked.into()).await?;
    let asked = requests::filed(&cx, id).await?;
    Ok(Created {
        location: format!("/api/v1/requests/{id}"),
        version: asked.meta.version,
        body: views::Approval::at(cx.now(), &asked),
    })
}
