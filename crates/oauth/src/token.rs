//! Requests at the token endpoint: RFC 6749 §4.1.3, §4.4.2 and §6, RFC 7636 §4.5, RFC 8693 §2.1, RFC 8707 §2.2,
//! CIBA §10.1.

use chancery_kernel::{ScopeSet, Seconds, Secret};
use chancery_model::GrantType;

use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::resource;
use crate::token_answer::TokenType;

/// Longest redirect URI that is compared.
const LONGEST_URI: usize = 2_048;

#[derive(Clone, Debug)]
pub enum TokenRequest {
    AuthorizationCode {
        code: Secret,
        redirect_uri: Option<String>,
        verifier: Option<Secret>,
        resource: Option<String>,
    },
    RefreshToken {
        token: Secret,
        scope: Option<ScopeSet>,
        resource: Option<String>,
    },
    ClientCredentials {
        scope: Option<ScopeSet>,
        resource: Option<String>,
        /// Some software names its target so (before RFC 8707); at most one.
        audience: Option<String>,
        /// For whom, where the client's secret was lent for several people: sign-in name, e-mail address or id.
        act_as: Option<String>,
    },
    TokenExchange(Exchange),
    /// A poll for what a person was asked (CIBA §10.1).
    Ciba {
        auth_req_id: Secret,
        /// How long the answer may wait for the person: an extension, for agents that would rather not spin.
        wait: Seconds,
    },
}

/// A token exchange (RFC 8693 §2.1).
#[derive(Clone, Debug)]
pub struct Exchange {
    pub subject_token: Secret,
    pub subject_token_type: TokenType,
    /// The actor's token, with its type: one is never there without the other.
    pub actor: Option<(Secret, TokenType)>,
    pub resource: Option<String>,
    pub audience: Vec<String>,
    pub scope: Option<ScopeSet>,
    pub requested_token_type: Option<TokenType>,
    /// Where only a person's yes is missing, ask for it: an extension.
    pub request_approval: bool,
}

impl TokenRequest {
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let grant = params.require("grant_type")?;
        let known = GrantType::ALL.into_iter().find(|g| g.as_str() == grant).ok_or_else(unsupported)?;
        resource::refuse_details(params)?;
        match known {
            GrantType::AuthorizationCode => authorization_code(params),
            GrantType::RefreshToken => refresh_token(params),
            GrantType::ClientCredentials => client_credentials(params),
            GrantType::TokenExchange => exchange(params),
            GrantType::Ciba => crate::ciba::poll(params),
        }
    }

    pub const fn grant(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::Ciba { .. } => GrantType::Ciba,
        }
    }
}

fn unsupported() -> OAuthError {
    let known: Vec<&str> = GrantType::ALL.into_iter().map(GrantType::as_str).collect();
    OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        format!("grant_type has to be one of {}", known.join(", ")),
    )
}

fn authorization_code(params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    let redirect_uri = params.get("redirect_uri");
    if redirect_uri.is_some_and(|uri| uri.len() > LONGEST_URI) {
        return Err(OAuthError::invalid_request("redirect_uri is too long"));
    }
    Ok(TokenRequest::AuthorizationCode {
        code: params.require_secret("code")?,
        redirect_uri: redirect_uri.map(str::to_owned),
        verifier: params.secret("code_verifier"),
        resource: resource::one(params)?,
    })
}

fn refresh_token(params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    Ok(TokenRequest::RefreshToken {
        token: params.require_secret("refresh_token")?,
        scope: resource::scope(params)?,
        resource: resource::one(params)?,
    })
}

fn client_credentials(params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    let mut audience = audiences(params)?;
    if audience.len() > 1 {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "a token is for one audience: send a request for each",
        ));
    }
    let resource = resource::one(params)?;
    resource::agree(resource.as_deref(), audience.first().map(String::as_str))?;
    Ok(TokenRequest::ClientCredentials {
        scope: resource::scope(params)?,
        resource,
        audience: audience.pop(),
        act_as: params.get("act_as").filter(|text| !text.is_empty()).map(str::to_owned),
    })
}

fn exchange(params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    let token_type = |name: &str| params.get(name).map(|text| known_type(name, text)).transpose();
    let subject_token = params.require_secret("subject_token")?;
    params.require("subject_token_type")?;
    let actor = match (params.secret("actor_token"), token_type("actor_token_type")?) {
        (Some(token), Some(kind)) => Some((token, kind)),
        (None, None) => None,
        (Some(_), None) => return Err(OAuthError::invalid_request("actor_token needs actor_token_type")),
        (None, Some(_)) => return Err(OAuthError::invalid_request("actor_token_type needs actor_token")),
    };
    let (resource, audience) = (resource::one(params)?, audiences(params)?);
    audience.iter().try_for_each(|audience| resource::agree(resource.as_deref(), Some(audience)))?;
    Ok(TokenRequest::TokenExchange(Exchange {
        subject_token,
        subject_token_type: token_type("subject_token_type")?.unwrap_or(TokenType::AccessToken),
        actor,
        resource,
        audience,
        scope: resource::scope(params)?,
        requested_token_type: token_type("requested_token_type")?,
        request_approval: params.get("request_approval") == Some("true"),
    }))
}

fn known_type(name: &str, text: &str) -> Result<TokenType, OAuthError> {
    TokenType::parse(text).ok_or_else(|| {
        OAuthError::invalid_request(format!(
            "{name} is not a token type this server knows (RFC 8693 section 3)"
        ))
    })
}

fn audiences(params: &Params<'_>) -> Result<Vec<String>, OAuthError> {
    let all: Vec<String> = params.all("audience").map(str::to_owned).collect();
    match all.iter().all(|a| a.len() <= LONGEST_URI) {
        true => Ok(all),
        false => Err(OAuthError::new(ErrorCode::InvalidTarget, "audience is too long")),
    }
}
