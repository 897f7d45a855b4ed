//! Our own tokens read back, whatever their profile, and the answer of introspection (RFC 7662 §2.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_kernel::{AgentId, AppId, ClientId, GrantId, Id, OrgId, RunId, ScopeSet, SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::claims::ApprovalClaim;
use crate::token_answer::TokenKind;

/// Claims of a token this server signed; everything is optional, so ID tokens read as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azp: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ActClaim>,
    /// Who alone may become the actor (RFC 8693 §4.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_act: Option<ActClaim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegation: Option<DelegationClaim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agbac_ver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pos: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ceilings: BTreeMap<AppId, ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalClaim>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<serde_json::Value>,
}

/// One audience or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Byte-exact.
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(all) => all.iter().any(|a| a == audience),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActClaim {
    pub sub: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sub_profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<Box<Self>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationClaim {
    pub method: String,
    pub profile: String,
}

/// Who is in the token is read from `keys`: there every profile says it in the same words.
impl TokenClaims {
    /// The chain of agents, present actor first.
    pub fn agents(&self) -> Vec<AgentId> {
        self.ids().collect()
    }

    /// The human, in an access token by its keys, in an ID token by its subject.
    pub fn user(&self) -> Option<UserId> {
        match self.keys.is_empty() {
            true => self.sub.as_deref().and_then(|sub| sub.parse().ok()),
            false => self.ids().next(),
        }
    }

    pub fn application(&self) -> Option<AppId> {
        self.ids().next()
    }

    pub fn grants(&self) -> Vec<GrantId> {
        self.ids().collect()
    }

    /// The sign-in it hangs on.
    pub fn session(&self) -> Option<SessionId> {
        self.sid.or_else(|| self.ids().next())
    }

    /// The client it was issued to: `client_id`, in an ID token `azp` or the audience.
    pub fn client(&self) -> Option<ClientId> {
        let audience = || match &self.aud {
            Some(Audience::One(one)) => one.parse().ok(),
            _ => None,
        };
        self.client_id.or(self.azp).or_else(audience)
    }

    fn ids<I: Id + std::str::FromStr>(&self) -> impl Iterator<Item = I> + '_ {
        self.keys.iter().filter_map(|key| key.parse().ok())
    }
}

/// The same answer for one resource server, signed (RFC 9701 §5): no `sub` and no `exp` of its own, so that nobody takes it for
/// a token.
#[derive(Clone, Debug, Serialize)]
pub struct SignedIntrospection {
    pub iss: String,
    pub aud: ClientId,
    pub iat: i64,
    pub token_introspection: IntrospectionAnswer,
}

/// An inactive answer is exactly `{"active":false}`: it says nothing about why (RFC 7662 §2.2).
#[derive(Clone, Debug, Default, Serialize)]
pub struct IntrospectionAnswer {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<TokenKind>,
    #[serde(flatten)]
    claims: Option<Arc<TokenClaims>>,
}

impl IntrospectionAnswer {
    pub fn inactive() -> Self {
        Self::default()
    }

    /// A live access token.
    pub fn active(claims: impl Into<Arc<TokenClaims>>) -> Self {
        Self { active: true, token_type: Some(TokenKind::Bearer), claims: Some(claims.into()) }
    }

    /// A live refresh token: it is presented to nobody but us, so it has no presentation type.
    pub fn active_refresh(claims: TokenClaims) -> Self {
        Self { active: true, token_type: None, claims: Some(Arc::new(claims)) }
    }

    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// As it goes out. Fails only where memory does.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}
