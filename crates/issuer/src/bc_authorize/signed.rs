//! Signed requests (CIBA §7.1.1), and the rules of FAPI-CIBA §5.2.2 for clients that are held to them.

use chancery_jose::{Expect, RequestObject, verify};
use chancery_model::{Backchannel, Client};
use chancery_oauth::{CibaRequest, ErrorCode, OAuthError, Params, SignedRequest, signed_request};
use serde_json::{Map, Value};

use crate::Issuer;
use crate::clients::Spend;
use crate::mint::alg;

impl Issuer {
    /// The request, and what it used up if it was signed.
    pub(super) fn requested(
        &self,
        client: &Client,
        params: &Params<'_>,
    ) -> Result<(CibaRequest, Option<Spend>), OAuthError> {
        let settings = client.backchannel.as_deref().cloned().unwrap_or_default();
        let Some(object) = signed_request::signed(params)? else {
            if settings.request_alg.is_some() {
                let text = "this client is registered to sign its requests: send the parameters in request";
                return Err(OAuthError::invalid_request(text));
            }
            return Ok((CibaRequest::read(params)?, None));
        };
        let signed = self.signed_by(client, &settings, object.expose())?;
        let request = CibaRequest::read(&signed.params()?)?;
        if settings.fapi_ciba {
            fapi(&request)?;
        }
        Ok((request, Some(Spend::of(&format!("{} request", client.id), &signed.jti, signed.exp))))
    }

    fn signed_by(
        &self,
        client: &Client,
        settings: &Backchannel,
        object: &str,
    ) -> Result<SignedRequest, OAuthError> {
        let Some(wanted) = settings.request_alg else {
            let text = "this client is not registered to sign requests: ask an administrator to name its backchannel_authentication_request_signing_alg";
            return Err(OAuthError::new(ErrorCode::RequestNotSupported, text));
        };
        let keys = self.0.client_keys.of(client);
        let audiences = [self.issuer()];
        let expect = Expect { issuer: None, audiences: &audiences, now: self.now().seconds(), leeway: 10 };
        let refused = || {
            let text = "the signed request is not believed: sign it with a registered key and algorithm, for this issuer, and for an hour at most";
            OAuthError::new(ErrorCode::InvalidRequestObject, text)
        };
        let verified = verify::<RequestObject, Map<String, Value>>(object, &keys, &expect);
        let verified = verified.map_err(|_| refused())?;
        if verified.alg() != alg(wanted) {
            return Err(refused());
        }
        SignedRequest::read(verified.into_claims(), &client.id.to_string())
    }
}

/// The person has to see what this request is about, and not only that there is one (§5.2.2 item 2).
fn fapi(request: &CibaRequest) -> Result<(), OAuthError> {
    if request.binding_message.is_none() && request.details.values.is_empty() {
        let text =
            "send a binding_message or authorization_details, so that the person knows what it is about";
        return Err(OAuthError::invalid_request(text));
    }
    Ok(())
}
