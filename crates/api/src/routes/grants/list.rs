//! `grant_list`: the grants of the caller's organization.

use axum::response::Response;
use chancery_directory::grants::{self, GrantFilter};
use chancery_kernel::{AgentId, AppId, ClientId, UserId};
use chancery_model::Origin;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of this person.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
    /// To this client.
    #[param(value_type = Option<String>)]
    client: Option<ClientId>,
    /// To this agent.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// For this application.
    #[param(value_type = Option<String>)]
    application: Option<AppId>,
    /// `consent`, `approval` or `refusal`.
    #[param(value_type = Option<String>)]
    origin: Option<Origin>,
    /// Whether its time is not over.
    in_force: Option<bool>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { user, client, agent, application, origin, in_force } = filter;
    let filter = GrantFilter { user, client, agent, application, origin, in_force };
    let page = grants::list(&cx, &paging.request, &filter).await?;
    let now = cx.now();
    Ok(paging.answer(&page.map(|grant| views::Grant::at(now, &grant))))
}
