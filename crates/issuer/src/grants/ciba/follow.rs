//! Waiting on an open line without fetching: how a request stands, and nothing of what came of it.

use std::sync::Arc;
use std::time::Duration;

use chancery_kernel::{Secret, SecretKind, secret};
use chancery_model::{Approval, Delivery, State};
use chancery_oauth::{ErrorCode, OAuthError, TokenRequest};

use super::{Turn, still_pending};
use crate::Issuer;
use crate::clients::AuthedClient;
use crate::grants::{Call, invalid_grant, request, who};
use crate::strangers::too_many;

/// One request of a client that has proven itself.
pub struct Following {
    issuer: Issuer,
    approval: Arc<Approval>,
    hash: [u8; 32],
}

impl Following {
    /// Its end, or nothing while it still waits when the patience is over. An approved one has come to an end too: it is
    /// fetched now.
    pub async fn state(&mut self, patience: Duration) -> Result<Option<State>, OAuthError> {
        self.approval = self.issuer.heard(self.approval.clone(), &self.hash, patience).await?;
        let state = self.approval.state_at(self.issuer.now());
        Ok((state != State::Pending).then_some(state))
    }
}

impl Issuer {
    /// Takes what a poll takes. Opening a line counts as a poll, so that nobody opens them without pause.
    pub async fn follow(&self, call: Call<'_>) -> Result<Following, OAuthError> {
        let authed = self.authenticate(&call).await?;
        if !authed.client.is_public() {
            return self.followed(authed, call).await;
        }
        // Anybody can call themselves this client.
        let (log, address) = (authed.client.org, call.address);
        self.0.strangers.listen(log, address, self.now()).map_err(too_many)?;
        let followed = self.followed(authed, call).await;
        if followed.as_ref().is_err_and(|error| error.status() < 500) {
            self.0.strangers.charge(address, self.now());
        }
        followed
    }

    async fn followed(&self, authed: AuthedClient, call: Call<'_>) -> Result<Following, OAuthError> {
        self.spend_alone(&authed, &call).await?;
        let TokenRequest::Ciba { auth_req_id, .. } = request(&authed, call.params)? else {
            return Err(OAuthError::invalid_request("here one waits for backchannel requests alone"));
        };
        let who = who(&authed, call.request);
        let (approval, hash) = self.put_by(&authed, &auth_req_id).await?;
        if approval.state_at(self.now()) == State::Pending {
            let live = |id| self.db().hot().approvals.find(authed.client.org, id).is_some();
            if let Turn::Early(interval, hold) = self.0.polls.turn(&approval, self.now(), live) {
                self.slow_down(&approval, interval, who).await;
                let held = self.heard(approval.clone(), &hash, hold).await?;
                if held.state_at(self.now()) == State::Pending {
                    return Err(still_pending(true, interval));
                }
            }
        }
        Ok(Following { issuer: self.clone(), approval, hash })
    }

    /// The request that this client put, if it fetches what it asks for.
    pub(super) async fn put_by(
        &self,
        authed: &AuthedClient,
        auth_req_id: &Secret,
    ) -> Result<(Arc<Approval>, [u8; 32]), OAuthError> {
        if authed.client.backchannel.as_ref().is_some_and(|b| b.delivery == Delivery::Push) {
            let text = "this client is sent its tokens, and does not fetch them (CIBA section 11)";
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
        }
        let unknown = || invalid_grant("no such auth_req_id for this client: start a new request");
        if !secret::well_formed(auth_req_id.expose(), SecretKind::AuthReqId) {
            return Err(unknown());
        }
        let hash = self.vault().keyed_hash(auth_req_id);
        let approval = self.asked(&hash).await?.filter(|a| a.client == authed.client.id);
        Ok((approval.ok_or_else(unknown)?, hash))
    }
}
