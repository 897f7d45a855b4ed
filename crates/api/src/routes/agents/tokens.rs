//! `agent_tokens`: the tokens of an agent that work now.

use axum::Json;
use chancery_kernel::{AgentId, AppId, ClientId, RunId, ScopeSet, Timestamp, UserId};
use chancery_watch::tokens::{LiveToken, live};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Call, Path};

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Latest first.
    items: Vec<Token>,
    /// There are more than are listed here.
    more: bool,
}

/// A token as the log knows it: never the token itself.
#[derive(Serialize, ToSchema)]
pub struct Token {
    jti: String,
    /// Where its decision stands in the log.
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    issued: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    #[schema(value_type = String)]
    client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    audience: String,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    #[schema(value_type = String)]
    scopes: ScopeSet,
}

impl From<LiveToken> for Token {
    fn from(token: LiveToken) -> Self {
        let LiveToken {
            jti,
            pos,
            issued,
            expires,
            client,
            user,
            application,
            audience,
            profile,
            run,
            scopes,
        } = token;
        let (user, login) = user.unzip();
        Self { jti, pos, issued, expires, client, user, login, application, audience, profile, run, scopes }
    }
}

pub async fn handle(Call(cx): Call, Path(agent): Path<AgentId>) -> Answer<Tokens> {
    let found = live(&cx, agent).await?;
    Ok(Json(Tokens { items: found.items.into_iter().map(Token::from).collect(), more: found.more }))
}
