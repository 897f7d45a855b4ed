//! Revocation (RFC 7009): a client takes back its own token, at once and everywhere.

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, Secret, SecretKind};
use chancery_model::{Client, MarkKey};
use chancery_oauth::{ErrorCode, OAuthError, TokenQuery};
use chancery_store::Who;
use chancery_store::tables::{families, spent};

use crate::clients::AuthedClient;
use crate::grants::{unavailable, who};
use crate::{Call, Issuer};

impl Issuer {
    /// Unknown, foreign and expired tokens are answered like revoked ones (§2.2).
    pub async fn revoke(&self, call: Call<'_>) -> Result<(), OAuthError> {
        let authed = self.authenticate(&call).await?;
        self.spend_alone(&authed, &call).await?;
        let query = TokenQuery::read(call.params)?;
        let who = who(&authed, call.request);
        if query.token.expose().starts_with(SecretKind::RefreshToken.prefix()) {
            return self.revoke_family(&authed.client, who, &query.token).await;
        }
        let Ok(own) = self.read_own(query.token.expose()) else {
            return Ok(());
        };
        if own.client != authed.client.id {
            return Ok(());
        }
        let event = Event::TokenRevoked {
            client: own.client,
            agent: own.agents.first().copied(),
            user: own.user,
            application: own.application,
            jti: Text::new(&own.jti),
            by: Text::new("the client itself"),
            decided: Some(own.pos),
            reason: None,
        };
        let (org, jti) = (own.org, own.jti.clone());
        self.db()
            .write(org, who, move |tx| {
                let recorded = tx.record(event);
                tx.mark(MarkKey::Token(jti), recorded.pos)?;
                Ok::<_, Fault>(recorded.with(()))
            })
            .await
            .map_err(unavailable)
    }

    /// The refresh token's whole family, and its access tokens with it (§2.1).
    async fn revoke_family(&self, client: &Client, who: Who, token: &Secret) -> Result<(), OAuthError> {
        let hash = self.vault().keyed_hash(token);
        let found = self
            .db()
            .read(move |sql| families::find_token(sql, &hash))
            .await
            .map_err(|f| unavailable(f.into()))?;
        let Some(token) = found else { return Ok(()) };
        let id = token.family;
        let family =
            self.db().read(move |sql| families::find(sql, id)).await.map_err(|f| unavailable(f.into()))?;
        let Some(family) = family.filter(|f| f.client == client.id) else { return Ok(()) };
        let agent = client.agent;
        self.db()
            .write(family.org, who, move |tx| {
                let event = Event::FamilyRevoked {
                    family: id,
                    user: Some(family.user),
                    client: Some(family.client),
                    agent,
                    reason: Text::new("revoked by the client"),
                };
                let recorded = tx.record(event);
                let now = tx.now();
                if families::end(tx.sql(), id, now)? {
                    tx.mark(MarkKey::Family(id), recorded.pos)?;
                }
                Ok::<_, Fault>(recorded.with(()))
            })
            .await
            .map_err(unavailable)
    }

    /// Spends an assertion at an endpoint that decides nothing itself: replay is refused there as well.
    pub(crate) async fn spend_alone(&self, authed: &AuthedClient, call: &Call<'_>) -> Result<(), OAuthError> {
        let Some(spend) = authed.spend else { return Ok(()) };
        let fresh = self
            .db()
            .maintain(move |sql| spent::spend(sql, spend.expires, &spend.digest))
            .await
            .map_err(|f| unavailable(f.into()))?;
        if fresh {
            return Ok(());
        }
        self.record_failure(call, &authed.client.id.to_string(), "private_key_jwt", "replayed_assertion")
            .await?;
        let text = "this client assertion has been used before: sign a new one for every request";
        Err(OAuthError::new(ErrorCode::InvalidClient, text))
    }
}
