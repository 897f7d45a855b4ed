//! ID tokens and userinfo: OpenID Connect Core §2, §5.1, §5.3.2 and §5.4.

use chancery_kernel::{ClientId, OrgId, ScopeSet, SessionId, UserId};
use chancery_model::{SigningAlg, User};
use serde::Serialize;

use crate::scopes;

/// What ID tokens are signed with, unless their client is the face of an application that reads another algorithm.
pub const ID_TOKEN_ALG: SigningAlg = SigningAlg::Es256;

/// The classes that a sign-in can reach (§2 `acr`): one factor, and two.
pub const ACR: [&str; 2] = ["urn:chancery:loa:1", "urn:chancery:loa:2"];

#[derive(Clone, Debug, Serialize)]
pub struct IdTokenClaims<'a> {
    pub iss: &'a str,
    pub sub: UserId,
    pub aud: ClientId,
    pub exp: i64,
    pub iat: i64,
    pub org_id: OrgId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub amr: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azp: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The request that a pushed token answers (CIBA §10.3.1).
    #[serde(rename = "urn:openid:params:jwt:claim:auth_req_id", skip_serializing_if = "Option::is_none")]
    pub auth_req_id: Option<&'a str>,
    #[serde(flatten)]
    pub person: PersonClaims<'a>,
}

/// What is said of a person, as far as the scopes allow (§5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PersonClaims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

impl<'a> PersonClaims<'a> {
    /// An e-mail address that an administrator wrote counts as unverified here until something proves it.
    pub fn of(user: &'a User, scope: &ScopeSet) -> Self {
        let profile = scope.contains(scopes::PROFILE);
        let email = scope.contains(scopes::EMAIL) && !user.email.is_empty();
        Self {
            name: profile.then_some(user.display_name.as_str()),
            preferred_username: profile.then_some(user.login.as_str()),
            updated_at: profile.then(|| user.meta.updated.seconds()),
            email: email.then_some(user.email.as_str()),
            email_verified: email.then_some(false),
        }
    }
}

/// The answer of userinfo. `sub` is always there (§5.3.2).
#[derive(Clone, Debug, Serialize)]
pub struct UserinfoClaims<'a> {
    pub sub: UserId,
    #[serde(flatten)]
    pub person: PersonClaims<'a>,
}
