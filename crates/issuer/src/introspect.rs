//! Introspection (RFC 7662): an authenticated resource server asks whether a token lives. It learns only of tokens
//! that are its business: those for its application, or issued to itself.

use chancery_kernel::ScopeSet;
use chancery_oauth::introspection::Audience;
use chancery_oauth::{ErrorCode, IntrospectionAnswer, OAuthError, TokenClaims, TokenQuery};
use chancery_store::tables::families;

use crate::grants::code::Authorization;
use crate::grants::unavailable;
use crate::{Call, Issuer, OwnToken};

impl Issuer {
    pub async fn introspect(&self, call: Call<'_>) -> Result<IntrospectionAnswer, OAuthError> {
        let authed = self.authenticate(&call).await?;
        if authed.client.is_public() {
            return Err(OAuthError::new(
                ErrorCode::InvalidClient,
                "introspection needs a client with a credential",
            ));
        }
        self.spend_alone(&authed, &call).await?;
        let query = TokenQuery::read(call.params)?;
        let text = query.token.expose();
        if text.starts_with(chancery_kernel::SecretKind::RefreshToken.prefix()) {
            return self.introspect_refresh(&authed.client, &query).await;
        }
        let Ok(own) = self.read_own(text) else {
            return Ok(IntrospectionAnswer::inactive());
        };
        let theirs = own.org == authed.client.org && concerns(&own, &authed.client);
        if !theirs || self.is_dead(&own) || !self.stands(&own) {
            return Ok(IntrospectionAnswer::inactive());
        }
        Ok(IntrospectionAnswer::active(own.claims.clone()))
    }

    async fn introspect_refresh(
        &self,
        client: &chancery_model::Client,
        query: &TokenQuery,
    ) -> Result<IntrospectionAnswer, OAuthError> {
        let hash = self.vault().keyed_hash(&query.token);
        let found = self
            .db()
            .read(move |sql| match families::find_token(sql, &hash)? {
                Some(token) => Ok(families::find(sql, token.family)?.map(|family| (token, family))),
                None => Ok(None),
            })
            .await
            .map_err(|f| unavailable(f.into()))?;
        let now = self.now();
        let live = found.filter(|(token, family)| {
            family.client == client.id
                && family.ended.is_none()
                && token.used.is_none()
                && now < token.expires
                && now < family.expires
        });
        let Some((token, family)) = live else {
            return Ok(IntrospectionAnswer::inactive());
        };
        let body: Option<Authorization> = serde_json::from_str(&family.body).ok();
        Ok(IntrospectionAnswer::active_refresh(TokenClaims {
            iss: Some(self.issuer().to_owned()),
            sub: Some(family.user.to_string()),
            aud: Some(Audience::One(self.issuer().to_owned())),
            exp: Some(token.expires.seconds()),
            client_id: Some(family.client),
            scope: body.map_or_else(|| Some(ScopeSet::empty()), |a| Some(a.identity.union(&a.scopes))),
            ..TokenClaims::default()
        }))
    }
}

fn concerns(own: &OwnToken, client: &chancery_model::Client) -> bool {
    own.client == client.id || (client.application.is_some() && own.application == client.application)
}
