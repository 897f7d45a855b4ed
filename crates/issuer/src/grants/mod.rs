//! The token endpoint: one file per grant, listed once.

mod authorization_code;
pub(crate) mod ciba;
mod client_credentials;
pub(crate) mod code;
mod lent;
mod refresh_token;
pub(crate) mod refusal;
pub(crate) mod settle;
mod token_exchange;

use std::net::IpAddr;

use chancery_audit::Actor;
use chancery_kernel::{Fault, Kind, RequestId};
use chancery_model::GrantType;
use chancery_oauth::{ErrorCode, OAuthError, Params, TokenRequest};
use chancery_store::Who;

use crate::Issuer;
use crate::clients::AuthedClient;
use crate::grants::ciba::Fetched;
use crate::grants::refusal::Known;
use crate::strangers::too_many;

/// One call of a protocol endpoint.
pub struct Call<'a> {
    /// The `Authorization` header, if there is one.
    pub authorization: Option<&'a str>,
    /// Query of the request target: nothing of ours may stand there.
    pub query: &'a str,
    pub params: &'a Params<'a>,
    pub address: Option<IpAddr>,
    pub request: RequestId,
}

impl Issuer {
    /// Answers the token endpoint (RFC 6749 §3.2).
    pub async fn token(&self, call: Call<'_>) -> Result<Fetched, OAuthError> {
        let authed = self.authenticate(&call).await?;
        if !authed.client.is_public() {
            return self.answer(authed, call).await;
        }
        // Anybody can call themselves this client.
        let (log, address) = (authed.client.org, call.address);
        self.0.strangers.listen(log, address, self.now()).map_err(too_many)?;
        let answer = self.answer(authed, call).await;
        if answer.as_ref().is_err_and(|error| error.status() < 500) {
            self.0.strangers.charge(address, self.now());
        }
        answer
    }

    async fn answer(&self, authed: AuthedClient, call: Call<'_>) -> Result<Fetched, OAuthError> {
        let who = who(&authed, call.request);
        let request = match request(&authed, call.params) {
            Ok(request) => request,
            Err(error) => return Err(self.refused(authed, who, Known::of(call.params), error).await),
        };
        let answer = match request {
            TokenRequest::Ciba { auth_req_id, wait } => {
                self.spend_alone(&authed, &call).await?;
                return self.poll(authed, who, &auth_req_id, wait).await;
            }
            TokenRequest::AuthorizationCode { code, redirect_uri, verifier, resource } => {
                self.redeem_code(authed, who, code, redirect_uri, verifier, resource).await
            }
            TokenRequest::RefreshToken { token, scope, resource } => {
                self.refresh(authed, who, token, scope, resource).await
            }
            TokenRequest::ClientCredentials { scope, resource, audience, act_as } => {
                self.client_credentials(authed, who, scope, resource.or(audience), act_as).await
            }
            TokenRequest::TokenExchange(exchange) => self.exchange(authed, who, exchange).await,
        };
        answer.map(Fetched::Now)
    }
}

/// What a client asks for, if it may ask for it.
fn request(authed: &AuthedClient, params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    let request = TokenRequest::read(params)?;
    if !authed.client.may(request.grant()) {
        let text = "this client is not registered for this grant: ask an administrator to add it";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
    }
    if authed.client.vaulted.is_some() && request.grant() != GrantType::ClientCredentials {
        let text = "this client's secret is lent by the vault, for client credentials alone";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
    }
    Ok(request)
}

/// The grant as events name it.
pub(crate) fn word(grant: GrantType) -> &'static str {
    if grant == GrantType::TokenExchange { "token_exchange" } else { grant.as_str() }
}

pub(crate) fn who(authed: &AuthedClient, request: RequestId) -> Who {
    let actor = authed.client.agent.map_or(Actor::Client(authed.client.id), Actor::Agent);
    Who { actor, request: Some(request) }
}

/// A failed write: nothing was decided, and the client may try again (RFC 6749 §4.1.2.1's codes).
pub(crate) fn unavailable(fault: Fault) -> OAuthError {
    if let (Kind::TooMany, Some(wait)) = (fault.kind, fault.retry) {
        return too_many(wait);
    }
    tracing::error!(fault = %fault.log_line(), "token endpoint");
    match fault.kind {
        Kind::Unavailable => OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "nothing can be recorded now, so nothing was issued: try again in a moment",
        ),
        _ => OAuthError::new(
            ErrorCode::ServerError,
            "something failed here; quote the request id to your administrator",
        ),
    }
}

pub(crate) fn invalid_grant(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, text)
}
/// What is alive cannot be told from what was revoked elsewhere.
pub(crate) fn cut_off(fault: Fault) -> OAuthError {
    OAuthError::new(ErrorCode::TemporarilyUnavailable, fault.public)
}
