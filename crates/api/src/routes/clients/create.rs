//! `client_create`: a new client. Its secret, where it has one, is in this answer and never again.

use chancery_directory::clients::{self, NewClient};
use chancery_kernel::{AgentId, AppId};
use chancery_model::{AuthMethod, Backchannel, Delivery, GrantType, Noun, SigningAlg};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFace {
    name: String,
    /// The agent whose face it is.
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// The application whose face it is. With an agent: the API by which others call this agent.
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    /// `private_key_jwt`, `client_secret_basic`, `client_secret_post` or `none`.
    #[schema(value_type = String)]
    auth: AuthMethod,
    /// Public keys for `private_key_jwt` (RFC 7517).
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    jwks: Vec<serde_json::Value>,
    /// Accept assertions for the issuer alone.
    #[serde(default)]
    strict_audience: bool,
    /// Grant types it may use.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    grants: Vec<GrantType>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    /// `poll`, `ping` or `push` (OpenID CIBA Core 1.0 section 4).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    backchannel_token_delivery_mode: Delivery,
    /// Where pings and tokens go: https.
    backchannel_client_notification_endpoint: Option<String>,
    /// What its requests are signed with; unsigned ones are refused then.
    #[schema(value_type = Option<String>)]
    backchannel_authentication_request_signing_alg: Option<SigningAlg>,
    /// The rules of FAPI-CIBA hold for it.
    #[serde(default)]
    fapi_ciba: bool,
}

/// The client, and its secret: keep it, it is not shown again.
#[derive(Serialize, ToSchema)]
pub struct CreatedFace {
    #[serde(flatten)]
    client: views::Client,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

pub async fn handle(Call(cx): Call, Body(new): Body<NewFace>) -> Result<Created<CreatedFace>, Problem> {
    let new = NewClient {
        name: new.name,
        agent: new.agent,
        application: new.application,
        auth: new.auth,
        jwks: new.jwks,
        strict_audience: new.strict_audience,
        grants: new.grants,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        backchannel: Some(Backchannel {
            delivery: new.backchannel_token_delivery_mode,
            endpoint: new.backchannel_client_notification_endpoint,
            request_alg: new.backchannel_authentication_request_signing_alg,
            fapi_ciba: new.fapi_ciba,
        }),
    };
    let made = clients::create(&cx, new).await?;
    let client = made.client.as_ref();
    Ok(Created {
        location: format!("/api/v1/clients/{}", client.id),
        version: client.meta().version,
        body: CreatedFace {
            client: client.into(),
            client_secret: made.secret.map(|secret| secret.expose().to_owned()),
        },
    })
}
