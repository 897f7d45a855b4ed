//! Client credentials (RFC 6749 §4.4): an agent for itself, or a tool for nobody; and an agent for a person, with the
//! secret of a client that the vault lent it for that person.

use chancery_kernel::{Fault, ScopeSet};
use chancery_oauth::{ErrorCode, OAuthError, TokenAnswer};
use chancery_store::Who;

use crate::Issuer;
use crate::clients::AuthedClient;
use crate::decide::Ask;
use crate::grants::lent;
use crate::grants::refusal::Known;
use crate::grants::settle::{Settled, Wanted, settle, spend};
use crate::grants::unavailable;

impl Issuer {
    pub(super) async fn client_credentials(
        &self,
        authed: AuthedClient,
        who: Who,
        scope: Option<ScopeSet>,
        resource: Option<String>,
        act_as: Option<String>,
    ) -> Result<TokenAnswer, OAuthError> {
        if authed.client.is_public() {
            let text = "a client without a credential cannot act for itself: register a secret or a key";
            let error = OAuthError::new(ErrorCode::UnauthorizedClient, text);
            let scopes = scope.unwrap_or_default();
            let known = Known { grant_type: "client_credentials", resource, scopes, ..Known::default() };
            return Err(self.refused(authed, who, known, error).await);
        }
        let wanted = Wanted {
            ask: Ask {
                org: authed.client.org,
                client: authed.client.id,
                chain: Vec::new(),
                user: None,
                requested: scope.unwrap_or_default(),
                source: None,
                lifetime: None,
                approved: None,
            },
            resource,
            identity: ScopeSet::empty(),
            grant_type: "client_credentials",
            run: None,
            session: None,
            family: None,
            authn: None,
            lease: None,
            issuer: self.issuer().into(),
        };
        let org = authed.client.org;
        let settled = self
            .db()
            .write(org, who, move |tx| match spend(tx, &authed)? {
                Some(replayed) => Ok(replayed),
                None => match lent::of(tx, &authed.client, act_as.as_deref())? {
                    Ok(lease) => settle(tx, &lent::under(wanted, lease, tx.now())),
                    Err(error) => Ok(lent::refuse(tx, &wanted, &authed.client, error)),
                },
            })
            .await
            .map_err(|f: Fault| unavailable(f))?;
        match settled {
            Settled::Refused(error) => Err(error),
            Settled::Issued(issue) => {
                let token = self.mint(&issue).await?;
                Ok(TokenAnswer::bearer(token, issue.lifetime(), issue.scopes))
            }
        }
    }
}
