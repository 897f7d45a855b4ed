//! `agent_tokens`: the tokens of an agent that work now.

use axum::Json;
use chancery_kernel::AgentId;
use chancery_watch::tokens::live;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Latest first.
    items: Vec<views::Token>,
    /// There are more than are listed here.
    more: bool,
}

pub async fn handle(Call(cx): Call, Path(agent): Path<AgentId>) -> Answer<Tokens> {
    let found = live(&cx, agent).await?;
    Ok(Json(Tokens { items: found.items.into_iter().map(views::Token::from).collect(), more: found.more }))
}
