//! A live token, as the API shows it.

use chancery_kernel::{AgentId, AppId, ClientId, RunId, ScopeSet, Timestamp, UserId};
use chancery_watch::tokens::LiveToken;
use serde::Serialize;
use utoipa::ToSchema;

/// A token as the log knows it: never the token itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    jti: String,
    /// Where its decision stands in the log: by this it is revoked.
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    issued: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    #[schema(value_type = String)]
    client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
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
        let (user, login) = token.user.unzip();
        Self {
            jti: token.jti,
            pos: token.pos,
            issued: token.issued,
            expires: token.expires,
            client: token.client,
            agent: token.agent.map(|(id, _)| id),
            user,
            login,
            application: token.application,
            audience: token.audience,
            profile: token.profile,
            run: token.run,
            scopes: token.scopes,
        }
    }
}
