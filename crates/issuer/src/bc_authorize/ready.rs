//! What has to be right before a question is looked at (CIBA §7.1, §7.2): the client, the request, who is meant.

use chancery_kernel::{Secret, SecretKind, UserId, secret};
use chancery_model::{Client, Delivery, GrantType, Notify};
use chancery_oauth::{CibaRequest, ErrorCode, OAuthError, scopes};

use crate::clients::Spend;
use crate::{Call, Issuer};

/// A request that can be looked at.
pub(super) struct Ready {
    pub request: CibaRequest,
    pub signed: Option<Spend>,
    pub user: UserId,
    pub auth_req_id: Secret,
    pub hash: [u8; 32],
    pub notify: Option<Notify>,
}

impl Ready {
    /// Whoever is sent the tokens has nothing to poll for.
    pub fn polls(&self) -> bool {
        self.notify.as_ref().is_none_or(|notify| notify.delivery != Delivery::Push)
    }
}

impl Issuer {
    /// What is asked, and who is meant, if this client may ask at all.
    pub(super) async fn ready(&self, client: &Client, call: &Call<'_>) -> Result<Ready, OAuthError> {
        if !client.may(GrantType::Ciba)
            || client.is_public()
            || client.agent.is_none()
            || client.vaulted.is_some()
        {
            let text = "only a confidential client of an agent that is registered for CIBA may ask people";
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
        }
        let (request, signed) = self.requested(client, call.params)?;
        let user = self.meant(client, &request.hint).await?;
        let auth_req_id = secret::generate(self.env(), SecretKind::AuthReqId);
        let hash = self.vault().keyed_hash(&auth_req_id);
        let notify = self.notify(client, &request, &auth_req_id, &hash)?;
        if request.scope.contains(scopes::OFFLINE_ACCESS) {
            let text = "a yes to one request is for once: leave offline_access out";
            return Err(OAuthError::new(ErrorCode::InvalidScope, text));
        }
        Ok(Ready { request, signed, user, auth_req_id, hash, notify })
    }
}
