//! `token_list`: the tokens of the caller's organization that work now.

use axum::response::Response;
use chancery_kernel::{AgentId, ClientId, UserId};
use chancery_watch::tokens::{self, Holder};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// One of these, or none for all.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In which this agent acts, itself or further up the chain.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// That act for this person, or are their own.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
    /// That were issued to this client.
    #[param(value_type = Option<String>)]
    client: Option<ClientId>,
}

impl Filter {
    fn holder(&self) -> Result<Option<Holder>, Problem> {
        match (self.agent, self.user, self.client) {
            (None, None, None) => Ok(None),
            (Some(id), None, None) => Ok(Some(Holder::Agent(id))),
            (None, Some(id), None) => Ok(Some(Holder::User(id))),
            (None, None, Some(id)) => Ok(Some(Holder::Client(id))),
            _ => Err(Problem::invalid("two_holders", "name one of `agent`, `user` and `client`")),
        }
    }
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let page = tokens::list(&cx, filter.holder()?, &paging.request).await?;
    Ok(paging.answer(&page.map(views::Token::from)))
}
