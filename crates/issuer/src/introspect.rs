//! Introspection (RFC 7662): an authenticated resource server asks whether a token lives. It learns only of tokens
//! that are its business: those for its application, or issued to itself. Answers are JSON, as they go out, or signed
//! (RFC 9701).

use std::sync::Arc;

use chancery_jose::{Introspection, sign};
use chancery_kernel::{ClientId, Secret, Timestamp};
use chancery_model::Client;
use chancery_oauth::introspection::Audience;
use chancery_oauth::{
    ErrorCode, IntrospectionAnswer, OAuthError, SignedIntrospection, TokenClaims, TokenQuery,
};
use chancery_store::tables::families::{self, Family, RefreshToken};
use chancery_store::{DbFault, Sql};

use crate::grants::code::Authorization;
use crate::grants::{cut_off, unavailable};
use crate::{Call, Issuer, OwnToken};

/// What became of the token that is asked about.
enum Found {
    Access(Arc<OwnToken>),
    Other(IntrospectionAnswer),
}

impl Issuer {
    pub async fn introspect(&self, call: Call<'_>) -> Result<Vec<u8>, OAuthError> {
        match self.looked_at(&call).await?.1 {
            Found::Access(own) => own.told(),
            Found::Other(answer) => json(&answer),
        }
    }

    /// The same as a JWT for the resource server that asks (RFC 9701 §5), in the algorithm of its application.
    pub async fn introspect_signed(&self, call: Call<'_>) -> Result<Secret, OAuthError> {
        let (client, found) = self.looked_at(&call).await?;
        let claims = SignedIntrospection {
            iss: self.issuer().to_owned(),
            aud: client.id,
            iat: self.now().seconds(),
            token_introspection: match found {
                Found::Access(own) => IntrospectionAnswer::active(own.claims.clone()),
                Found::Other(answer) => answer,
            },
        };
        self.sign_by(self.alg_of(&client), move |key| sign::<Introspection, _>(key, &claims)).await
    }

    /// Who asks, and what may be said to them.
    async fn looked_at(&self, call: &Call<'_>) -> Result<(Arc<Client>, Found), OAuthError> {
        self.platform().current().map_err(cut_off)?;
        let authed = self.authenticate(call).await?;
        if authed.client.is_public() {
            self.record_failure(call, &authed.client.id.to_string(), "none", "no_credential").await?;
            return Err(OAuthError::new(
                ErrorCode::InvalidClient,
                "introspection needs a client with a credential",
            ));
        }
        self.spend_alone(&authed, call).await?;
        let query = TokenQuery::read(call.params)?;
        let text = query.token.expose();
        if text.starts_with(chancery_kernel::SecretKind::RefreshToken.prefix()) {
            let answer = self.introspect_refresh(&authed.client, &query).await?;
            return Ok((authed.client, Found::Other(answer)));
        }
        let live = self.read_own(text).ok().filter(|own| {
            let theirs = own.org == authed.client.org && concerns(own, &authed.client);
            theirs && !self.is_dead(own) && self.stands(own)
        });
        let found = live.map_or_else(|| Found::Other(IntrospectionAnswer::inactive()), Found::Access);
        Ok((authed.client, found))
    }

    async fn introspect_refresh(
        &self,
        client: &Client,
        query: &TokenQuery,
    ) -> Result<IntrospectionAnswer, OAuthError> {
        let hash = self.vault().keyed_hash(&query.token);
        let (id, now) = (client.id, self.now());
        let found = self.db().read(move |sql| live_refresh(sql, &hash, id, now)).await;
        let Some((token, family, authorization)) = found.map_err(|f| unavailable(f.into()))? else {
            return Ok(IntrospectionAnswer::inactive());
        };
        let hot = self.db().hot();
        let active = hot.users.find(family.org, family.user).is_some_and(|user| user.is_active());
        if !active || !authorization.consented(&hot, now, client) {
            return Ok(IntrospectionAnswer::inactive());
        }
        Ok(IntrospectionAnswer::active_refresh(TokenClaims {
            iss: Some(self.issuer().to_owned()),
            sub: Some(family.user.to_string()),
            aud: Some(Audience::One(self.issuer().to_owned())),
            exp: Some(token.expires.seconds()),
            client_id: Some(family.client),
            scope: Some(authorization.identity.union(&authorization.scopes)),
            ..TokenClaims::default()
        }))
    }
}

pub(crate) fn json(answer: &IntrospectionAnswer) -> Result<Vec<u8>, OAuthError> {
    answer.to_json().map_err(|_| OAuthError::new(ErrorCode::ServerError, "the answer could not be written"))
}

/// The refresh token, its family and what it stands for, if this client could use it now.
fn live_refresh(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    client: ClientId,
    now: Timestamp,
) -> Result<Option<(RefreshToken, Family, Authorization)>, DbFault> {
    let Some(token) = families::find_token(sql, hash)? else { return Ok(None) };
    let Some(family) = families::find(sql, token.family)? else { return Ok(None) };
    let unused = token.used.is_none() && now < token.expires;
    if family.client != client || family.ended.is_some() || now >= family.expires || !unused {
        return Ok(None);
    }
    let Ok(authorization) = serde_json::from_str::<Authorization>(&family.body) else { return Ok(None) };
    let signed_out = authorization.signed_out(sql, now)?;
    Ok((!signed_out).then_some((token, family, authorization)))
}

fn concerns(own: &OwnToken, client: &Client) -> bool {
    own.client == client.id || (client.application.is_some() && own.application == client.application)
}
