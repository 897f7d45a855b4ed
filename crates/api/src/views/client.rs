//! A client, as the API shows it: never with a secret, which only the answer that makes it has.

use chancery_directory::clients::{Issued, secret_name};
use chancery_kernel::{AgentId, AppId, ClientId, Timestamp};
use chancery_model::{AuthMethod, Delivery, GrantType, SigningAlg};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Meta;

/// That a client has a secret, not which.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSecret {
    /// By this name it is removed.
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

impl From<&chancery_model::ClientSecret> for ClientSecret {
    fn from(s: &chancery_model::ClientSecret) -> Self {
        Self { name: secret_name(s), created: s.created, expires: s.expires }
    }
}

/// How a credential goes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// `end`, unless told otherwise: every token that was issued to the client is dead at once, as after a leak. `keep`:
    /// they live until they expire, as in a rotation.
    #[param(value_type = Option<String>)]
    tokens: Option<Fate>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    End,
    Keep,
}

impl Removal {
    pub fn issued(&self) -> Issued {
        match self.tokens {
            Some(Fate::Keep) => Issued::Keep,
            Some(Fate::End) | None => Issued::End,
        }
    }
}

/// How its backchannel requests are made and answered (OpenID CIBA Core 1.0 section 4).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Backchannel {
    /// `poll`, `ping` or `push`.
    #[serde(default)]
    #[schema(value_type = String)]
    backchannel_token_delivery_mode: Delivery,
    /// Where pings and tokens go.
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_client_notification_endpoint: Option<String>,
    /// What its requests are signed with; unsigned ones are refused then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    backchannel_authentication_request_signing_alg: Option<SigningAlg>,
    /// The rules of FAPI-CIBA hold for it.
    #[serde(default)]
    fapi_ciba: bool,
}

impl From<chancery_model::Backchannel> for Backchannel {
    fn from(b: chancery_model::Backchannel) -> Self {
        Self {
            backchannel_token_delivery_mode: b.delivery,
            backchannel_client_notification_endpoint: b.endpoint,
            backchannel_authentication_request_signing_alg: b.request_alg,
            fapi_ciba: b.fapi_ciba,
        }
    }
}

impl From<Backchannel> for chancery_model::Backchannel {
    fn from(b: Backchannel) -> Self {
        Self {
            delivery: b.backchannel_token_delivery_mode,
            endpoint: b.backchannel_client_notification_endpoint,
            request_alg: b.backchannel_authentication_request_signing_alg,
            fapi_ciba: b.fapi_ciba,
        }
    }
}

/// An OAuth client: the face of an agent, of an application, or of a tool. Its `id` is the `client_id`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Client {
    #[schema(value_type = String, example = "cli_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: ClientId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    /// `private_key_jwt`, `client_secret_basic`, `client_secret_post` or `none`.
    #[schema(value_type = String)]
    auth: AuthMethod,
    secrets: Vec<ClientSecret>,
    /// Public keys (RFC 7517).
    #[schema(value_type = Vec<Object>)]
    jwks: Vec<serde_json::Value>,
    strict_audience: bool,
    /// Grant types it may use.
    #[schema(value_type = Vec<String>)]
    grants: Vec<GrantType>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    #[serde(flatten)]
    backchannel: Backchannel,
    enabled: bool,
    /// Part of the server itself.
    builtin: bool,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Client> for Client {
    fn from(c: &chancery_model::Client) -> Self {
        Self {
            id: c.id,
            name: c.name.clone(),
            agent: c.agent,
            application: c.application,
            auth: c.auth,
            secrets: c.secrets.iter().map(ClientSecret::from).collect(),
            jwks: c.jwks.clone(),
            strict_audience: c.strict_audience,
            grants: c.grants.clone(),
            redirect_uris: c.redirect_uris.clone(),
            post_logout_redirect_uris: c.post_logout_redirect_uris.clone(),
            backchannel: c.backchannel.as_deref().cloned().unwrap_or_default().into(),
            enabled: c.enabled,
            builtin: c.builtin,
            meta: (&c.meta).into(),
        }
    }
}
