//! `connection_create`: what an agent may reach of an application.

use chancery_directory::connections::{self, NewConnection};
use chancery_kernel::{AgentId, AppId, ScopeSet, Seconds, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::views::Approvers;
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReach {
    #[schema(value_type = String)]
    agent: AgentId,
    #[schema(value_type = String)]
    application: AppId,
    /// Scopes handed out without asking, separated by spaces.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    auto: ScopeSet,
    /// Scopes for which a person is asked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    approval: ScopeSet,
    /// Scopes never handed out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    never: ScopeSet,
    /// `person`, `agent_owner`, `agent_sponsor`, `application_owner`, `manager`, the id of a group, an object for more, or a list.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    approver: Approvers,
    /// Whether an attempt that lacks nothing but a person's yes files the access request by itself.
    #[serde(default)]
    asks_by_itself: bool,
    /// Seconds.
    #[schema(value_type = Option<i64>)]
    longest_lifetime: Option<Seconds>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Timestamp>,
}

pub async fn handle(
    Call(cx): Call,
    Body(new): Body<NewReach>,
) -> Result<Created<views::Connection>, Problem> {
    let new = NewConnection {
        agent: new.agent,
        application: new.application,
        auto: new.auto,
        approval: new.approval,
        never: new.never,
        approver: new.approver.0,
        asks_by_itself: new.asks_by_itself,
        longest_lifetime: new.longest_lifetime,
        ends: new.ends,
    };
    let connection = connections::create(&cx, new).await?;
    Ok(views::created("/api/v1/connections", connection.as_ref()))
}
