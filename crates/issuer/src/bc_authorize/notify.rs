//! What is kept for telling the client (CIBA §7.1 `client_notification_token`, §10.2): sealed, since it opens the client's
//! endpoint, and names a request that is known here by its hash only.

use chancery_kernel::Secret;
use chancery_model::{Client, Delivery, Notify};
use chancery_oauth::{CibaRequest, OAuthError};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::Issuer;
use crate::grants::unavailable;

/// What was sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    auth_req_id: String,
    token: String,
}

/// What a client is called with.
pub(crate) struct Words {
    pub auth_req_id: Secret,
    pub token: Secret,
}

fn purpose(hash: &[u8; 32]) -> String {
    format!("ciba_notify:{}", chancery_store::tables::approvals::ticket(hash))
}

impl Issuer {
    pub(super) fn notify(
        &self,
        client: &Client,
        request: &CibaRequest,
        auth_req_id: &Secret,
        hash: &[u8; 32],
    ) -> Result<Option<Notify>, OAuthError> {
        let delivery = client.backchannel.as_ref().map_or(Delivery::Poll, |b| b.delivery);
        if delivery == Delivery::Poll {
            return Ok(None);
        }
        let Some(token) = &request.notification_token else {
            let text = "client_notification_token is missing: this client is registered to be told (CIBA section 7.1)";
            return Err(OAuthError::invalid_request(text));
        };
        let kept = Kept { auth_req_id: auth_req_id.expose().into(), token: token.expose().into() };
        let plain = serde_json::to_vec(&kept).unwrap_or_default();
        let sealed = self.vault().seal(&purpose(hash), &plain).map_err(|fault| unavailable(fault.into()))?;
        Ok(Some(Notify { delivery, sealed: BASE64URL_NOPAD.encode(&sealed) }))
    }

    /// None if the seal does not open: then nobody can be told.
    pub(crate) fn words(&self, hash: &[u8; 32], notify: &Notify) -> Option<Words> {
        let sealed = BASE64URL_NOPAD.decode(notify.sealed.as_bytes()).ok()?;
        let plain = self.vault().unseal(&purpose(hash), &sealed).ok()?;
        let Kept { auth_req_id, token } = serde_json::from_slice(&plain).ok()?;
        Some(Words { auth_req_id: Secret::new(auth_req_id), token: Secret::new(token) })
    }
}
