//! OAuth clients: the face of an agent, of an application, or of a tool.

use chancery_kernel::{AgentId, AppId, ClientId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Meta, noun};

/// How the client proves itself at the token endpoint (OpenID Connect Core §9, RFC 8414 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    PrivateKeyJwt,
    ClientSecretBasic,
    ClientSecretPost,
    /// A public client: no credential, PKCE instead.
    None,
}

impl AuthMethod {
    pub const ALL: [Self; 4] =
        [Self::PrivateKeyJwt, Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }
    /// Basic and body are two spellings of the same proof; a client registered for one may use the other.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GrantType {
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    #[serde(rename = "refresh_token")]
    RefreshToken,
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// OpenID CIBA Core 1.0 §4.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
}

impl GrantType {
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::TokenExchange,
        Self::Ciba,
    ];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::Ciba => "urn:openid:params:grant-type:ciba",
        }
    }
}

/// A client secret as we keep it: its keyed hash. The secret itself is shown once and forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    #[serde(with = "crate::hex")]
    pub hash: [u8; 32],
    pub created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSecret").field("created", &self.created).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub org: OrgId,
    pub name: String,
    /// The agent whose face this is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<AgentId>,
    /// The application whose face this is: it may introspect tokens for that application and follow the feed. With an
    /// agent it is the API by which others call that agent, who may exchange the tokens they bring.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<AppId>,
    pub auth: AuthMethod,
    #[serde(default, deserialize_with = "crate::exact")]
    pub secrets: Vec<ClientSecret>,
    /// Public keys for `private_key_jwt`, as JWKs (RFC 7517).
    #[serde(default)]
    pub jwks: Vec<serde_json::Value>,
    /// Accept assertions whose audience is the issuer only, never the token endpoint.
    #[serde(default)]
    pub strict_audience: bool,
    #[serde(deserialize_with = "crate::exact")]
    pub grants: Vec<GrantType>,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    pub enabled: bool,
    /// Part of the server itself (the command line): cannot be deleted.
    #[serde(default)]
    pub builtin: bool,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Client {
    pub fn may(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }
    pub fn is_public(&self) -> bool {
        self.auth == AuthMethod::None
    }
    /// Has something to prove itself with.
    pub fn has_credential(&self) -> bool {
        !self.secrets.is_empty() || !self.jwks.is_empty()
    }
}

noun!(Client, ClientId, "client", |c| c.name.clone());
