//! Authorization server metadata: RFC 8414 §2 and §3, OpenID Connect Discovery 1.0 §3 and §4, RFC 9207 §3, CIBA §4, RFC 9396 §10,
//! OAuth Actor Profile for Delegation (draft-mcguinness-oauth-actor-profile-00).
//!
//! One document for all well-known addresses, and only what is really served. Members whose default would promise
//! more than we do are always written out.

use chancery_model::{AGENT_TASK, AuthMethod, Delivery, GrantType, SigningAlg};
use serde::Serialize;

use crate::authorize::ResponseMode;
use crate::claims::AI_AGENT;
use crate::id_token::ACR;
use crate::scopes;
use crate::token_answer::TokenType;

/// Where things are, below the issuer.
pub mod path {
    pub const AUTHORIZE: &str = "/oauth2/authorize";
    pub const TOKEN: &str = "/oauth2/token";
    pub const INTROSPECT: &str = "/oauth2/introspect";
    pub const REVOKE: &str = "/oauth2/revoke";
    pub const USERINFO: &str = "/oauth2/userinfo";
    pub const LOGOUT: &str = "/oauth2/logout";
    pub const KEYS: &str = "/oauth2/keys";
    pub const BC_AUTHORIZE: &str = "/oauth2/bc-authorize";
    /// Where a client waits for what becomes of such a request: an extension.
    pub const BC_WAIT: &str = "/oauth2/bc-wait";
}

const WELL_KNOWN: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// What depends on the configuration.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// Scopes beyond the identity and management ones.
    pub more_scopes: Vec<String>,
    pub ui_locales: Vec<String>,
    pub documentation: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: String,
    pub introspection_endpoint: String,
    pub revocation_endpoint: String,
    pub end_session_endpoint: String,
    pub scopes_supported: Vec<String>,
    pub response_types_supported: [&'static str; 1],
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<&'static str>,
    pub subject_types_supported: [&'static str; 1],
    pub code_challenge_methods_supported: [&'static str; 1],
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    // RFC 9701 §7
    pub introspection_signing_alg_values_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub claims_supported: Vec<&'static str>,
    pub claim_types_supported: [&'static str; 1],
    pub prompt_values_supported: [&'static str; 4],
    pub authorization_response_iss_parameter_supported: bool,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    /// Absent would mean true (Discovery §3).
    pub request_uri_parameter_supported: bool,
    // CIBA §4
    pub backchannel_authentication_endpoint: String,
    /// An extension: what becomes of a request, as server-sent events.
    pub backchannel_wait_endpoint: String,
    pub backchannel_token_delivery_modes_supported: [&'static str; 3],
    pub backchannel_authentication_request_signing_alg_values_supported: Vec<&'static str>,
    pub backchannel_user_code_parameter_supported: bool,
    // RFC 9396 §10
    pub authorization_details_types_supported: [&'static str; 1],
    // Actor profile
    /// The kinds of delegated token that are issued with whom acts in them.
    pub actor_profile_token_types_supported: [TokenType; 1],
    pub entity_profiles_supported: EntityProfiles,
    // Empty arrays are omitted (RFC 8414 §3.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_documentation: Option<String>,
}

/// What entities are told to be, by where it is told. Of clients and subjects nothing is: their ids say it here.
#[derive(Clone, Debug, Serialize)]
pub struct EntityProfiles {
    /// In `act.sub_profile`.
    pub actor: [&'static str; 1],
}

const CLAIMS: [&str; 19] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "sid",
    "org_id",
    "act",
    "name",
    "preferred_username",
    "updated_at",
    "email",
    "email_verified",
];

impl Metadata {
    /// `issuer` is written as configured, byte for byte; it is never taken from a request.
    pub fn for_issuer(issuer: &str, features: &Features) -> Self {
        let at = |path: &str| endpoint(issuer, path);
        let algs: Vec<&str> = SigningAlg::ALL.into_iter().map(SigningAlg::as_str).collect();
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at(path::AUTHORIZE),
            token_endpoint: at(path::TOKEN),
            jwks_uri: at(path::KEYS),
            userinfo_endpoint: at(path::USERINFO),
            introspection_endpoint: at(path::INTROSPECT),
            revocation_endpoint: at(path::REVOKE),
            end_session_endpoint: at(path::LOGOUT),
            scopes_supported: scopes_supported(features),
            response_types_supported: ["code"],
            response_modes_supported: ResponseMode::ALL.into_iter().map(ResponseMode::as_str).collect(),
            grant_types_supported: GrantType::ALL.into_iter().map(GrantType::as_str).collect(),
            subject_types_supported: ["public"],
            code_challenge_methods_supported: ["S256"],
            // RS256 is among them, as Discovery §3 demands; ES256, which comes first, is what clients get by default.
            id_token_signing_alg_values_supported: algs.clone(),
            token_endpoint_auth_signing_alg_values_supported: algs.clone(),
            introspection_endpoint_auth_methods_supported: methods(false),
            introspection_endpoint_auth_signing_alg_values_supported: algs.clone(),
            introspection_signing_alg_values_supported: algs.clone(),
            revocation_endpoint_auth_methods_supported: methods(true),
            revocation_endpoint_auth_signing_alg_values_supported: algs.clone(),
            token_endpoint_auth_methods_supported: methods(true),
            claims_supported: CLAIMS.to_vec(),
            claim_types_supported: ["normal"],
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            authorization_response_iss_parameter_supported: true,
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            backchannel_authentication_endpoint: at(path::BC_AUTHORIZE),
            backchannel_wait_endpoint: at(path::BC_WAIT),
            backchannel_token_delivery_modes_supported: Delivery::ALL.map(Delivery::as_str),
            backchannel_authentication_request_signing_alg_values_supported: algs.clone(),
            backchannel_user_code_parameter_supported: false,
            authorization_details_types_supported: [AGENT_TASK],
            actor_profile_token_types_supported: [TokenType::AccessToken],
            entity_profiles_supported: EntityProfiles { actor: [AI_AGENT] },
            acr_values_supported: ACR.map(str::to_owned).to_vec(),
            ui_locales_supported: features.ui_locales.clone(),
            service_documentation: features.documentation.clone(),
        }
    }
}

fn scopes_supported(features: &Features) -> Vec<String> {
    scopes::all_names().map(str::to_owned).chain(features.more_scopes.clone()).collect()
}

/// To ask about tokens a client has to prove itself; to revoke its own ones a public client need not.
fn methods(public_too: bool) -> Vec<&'static str> {
    let fits = |method: &AuthMethod| public_too || *method != AuthMethod::None;
    AuthMethod::ALL.into_iter().filter(fits).map(AuthMethod::as_str).collect()
}

/// The address of an endpoint: the issuer without its trailing slash, and the path.
pub fn endpoint(issuer: &str, path: &str) -> String {
    format!("{}{path}", issuer.trim_end_matches('/'))
}

/// The paths at which the document is served. For an issuer with a path both ways to write it: inserted before the
/// path (RFC 8414 §3.1) and appended to it (Discovery §4; some SDKs do so for both documents).
pub fn well_known_paths(issuer: &str) -> Vec<String> {
    let path = issuer_path(issuer);
    let mut paths = Vec::with_capacity(4);
    for name in WELL_KNOWN {
        paths.push(format!("{name}{path}"));
        if !path.is_empty() {
            paths.push(format!("{path}{name}"));
        }
    }
    paths
}

/// The path of the issuer without trailing slash; empty for a bare origin.
fn issuer_path(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    path.trim_end_matches('/')
}
