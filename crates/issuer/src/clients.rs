//! Client authentication (RFC 6749 §2.3, RFC 7523 §3, OpenID Connect Core §9).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use chancery_audit::{Actor, Event, Text};
use chancery_jose::{ClientAssertion, Expect, Jwk, JwkSet, Keys, decode_unverified, sha256, verify};
use chancery_kernel::{ClientId, Fault, Kind, OrgId, Secret, Timestamp, secret};
use chancery_model::{AuthMethod, Client};
use chancery_oauth::{ErrorCode, OAuthError, Presented};
use chancery_store::Who;
use serde::Deserialize;

use crate::strangers::{Strangers, TOO_MANY, With, too_many};
use crate::{Call, Issuer, typed};

/// A client that proved itself, and what the proof used up.
#[derive(Clone)]
pub(crate) struct AuthedClient {
    pub client: Arc<Client>,
    /// The assertion's identifier, to be spent in the same write as the decision.
    pub spend: Option<Spend>,
    /// Of one who comes with an assertion that was used before: whoever caught it is a stranger like any other.
    pub replays: Replays,
}

/// How often a used assertion may come back from one address and be recorded each time.
#[derive(Clone)]
pub(crate) struct Replays {
    strangers: Arc<Strangers>,
    address: Option<IpAddr>,
}

impl Replays {
    pub(crate) fn admit(&self, log: OrgId, now: Timestamp) -> Result<(), Fault> {
        let admitted = self.strangers.admit(With::Credential, log, self.address, now);
        admitted
            .map_err(|wait| Fault { retry: Some(wait), ..Fault::new(Kind::TooMany, "throttled", TOO_MANY) })
    }
}

/// An identifier that may be used once, and until when it has to be remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spend {
    pub digest: [u8; 16],
    pub expires: Timestamp,
}

impl Spend {
    /// Of an identifier among those of one signer. Kept a little longer than it can be accepted with the leeway (RFC 7523
    /// §3 item 7).
    pub(crate) fn of(signer: &str, jti: &str, exp: i64) -> Self {
        let scoped = format!("{signer}\0{jti}");
        let mut digest = [0; 16];
        for (slot, byte) in digest.iter_mut().zip(sha256(scoped.as_bytes())) {
            *slot = byte;
        }
        Self { digest, expires: Timestamp::from_seconds(exp.saturating_add(15)) }
    }
}

#[derive(Deserialize)]
struct AssertionClaims {
    iss: Option<String>,
    sub: Option<String>,
    #[serde(default)]
    jti: String,
    exp: f64,
    /// The agent is never allowed to assert its human (AGBAC Min profiles, their weakness).
    act: Option<serde::de::IgnoredAny>,
}

/// Assertions of strict clients live no longer, in seconds; others as long as common libraries make them.
const STRICT_LIFETIME: i64 = 300;

/// Parsed client keys, by client and version.
#[derive(Default)]
pub(crate) struct KeyCache(RwLock<HashMap<ClientId, (i64, Arc<Keys>)>>);

impl KeyCache {
    /// Clients whose keys are held; beyond that the cache starts anew.
    const MOST: usize = 65_536;

    pub(crate) fn of(&self, client: &Client) -> Arc<Keys> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, keys)) = held.get(&client.id)
            && *version == client.meta.version
        {
            return keys.clone();
        }
        drop(held);
        let parsed = client.jwks.iter().filter_map(|value| serde_json::from_value::<Jwk>(value.clone()).ok());
        let keys = Arc::new(Keys::from_set(&JwkSet { keys: parsed.collect() }));
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= Self::MOST {
            held.clear();
        }
        held.insert(client.id, (client.meta.version, keys.clone()));
        keys
    }
}

/// One sentence for a client that does not exist, is disabled, has another method or another credential: else a
/// stranger could tell them apart, and find out which clients there are.
const NOT_BELIEVED: &str = "client authentication failed: check the client id, that it uses its registered method, and its secret or key; an assertion is for this issuer and lives an hour at most";

/// A client, and the assertion that was used up.
type Proven = (Arc<Client>, Option<Spend>);

/// Why a client was not believed; the caller hears one sentence, the log this word.
type Refusal = (&'static str, &'static str);

/// An assertion that names the person: an error of the request, whoever signed it (standards: §37).
const ASSERTED_ACTOR: &str = "asserted_actor";

impl Issuer {
    /// Proves the client of a call, or records the failure and answers `invalid_client`.
    pub(crate) async fn authenticate(&self, call: &Call<'_>) -> Result<AuthedClient, OAuthError> {
        let presented = Presented::read(call.authorization, call.query, call.params)?;
        let (hint, outcome) = self.prove(&presented);
        match outcome {
            Ok((client, spend)) => {
                let replays = Replays { strangers: self.0.strangers.clone(), address: call.address };
                Ok(AuthedClient { client, spend, replays })
            }
            Err((reason, text)) => {
                self.record_failure(call, &hint, presented.method().as_str(), reason).await?;
                let request = reason == ASSERTED_ACTOR;
                let code = if request { ErrorCode::InvalidRequest } else { ErrorCode::InvalidClient };
                Err(OAuthError::new(code, text))
            }
        }
    }

    fn prove(&self, presented: &Presented) -> (String, Result<Proven, Refusal>) {
        match presented {
            Presented::Basic { client_id, secret } | Presented::Post { client_id, secret } => {
                (client_id.clone(), self.by_secret(client_id, secret))
            }
            Presented::Assertion { client_id, assertion } => {
                self.by_assertion(client_id.as_deref(), assertion)
            }
            Presented::Public { client_id } => (client_id.clone(), self.public(client_id)),
        }
    }

    fn known(&self, client_id: &str) -> Result<Arc<Client>, Refusal> {
        let found = client_id
            .parse::<ClientId>()
            .ok()
            .and_then(|id| self.db().hot().clients.find_anywhere(id).cloned());
        let client = found.ok_or(("unknown_client", NOT_BELIEVED))?;
        if !client.enabled {
            return Err(("disabled_client", NOT_BELIEVED));
        }
        Ok(client)
    }

    fn by_secret(&self, client_id: &str, secret: &Secret) -> Result<Proven, Refusal> {
        let refused = ("wrong_secret", NOT_BELIEVED);
        // Hashed before the look-up, so that unknown and known clients take the same time.
        let hash = self.vault().keyed_hash(secret);
        let client = self.known(client_id)?;
        if !client.auth.is_secret() {
            return Err(("wrong_method", NOT_BELIEVED));
        }
        if !secret::well_formed(secret.expose(), secret::SecretKind::ClientSecret) {
            return Err(refused);
        }
        let now = self.now();
        let mut found = false;
        for kept in client.secrets.iter().filter(|s| s.expires.is_none_or(|end| now < end)) {
            found |= secret::same(&kept.hash, &hash);
        }
        if found { Ok((client, None)) } else { Err(refused) }
    }

    fn public(&self, client_id: &str) -> Result<Proven, Refusal> {
        let client = self.known(client_id)?;
        if client.auth != AuthMethod::None {
            return Err(("no_credential", NOT_BELIEVED));
        }
        Ok((client, None))
    }

    fn by_assertion(&self, client_id: Option<&str>, assertion: &Secret) -> (String, Result<Proven, Refusal>) {
        let malformed = ("malformed_assertion", "the client assertion cannot be read");
        let Ok((_, claims)) = decode_unverified::<AssertionClaims>(assertion.expose()) else {
            return (client_id.unwrap_or_default().to_owned(), Err(malformed));
        };
        let hint = claims.iss.clone().unwrap_or_default();
        if claims.iss.is_none() || claims.iss != claims.sub || client_id.is_some_and(|id| id != hint) {
            let text = "the client assertion's iss, sub and the client_id have to be the same";
            return (hint, Err(("assertion_subject", text)));
        }
        let outcome = self.known(&hint).and_then(|client| self.verify_assertion(client, assertion));
        (hint, outcome)
    }

    fn verify_assertion(&self, client: Arc<Client>, assertion: &Secret) -> Result<Proven, Refusal> {
        if client.auth != AuthMethod::PrivateKeyJwt {
            return Err(("wrong_method", NOT_BELIEVED));
        }
        let keys = self.0.client_keys.of(&client);
        let token_endpoint = self.platform().settings.url("/oauth2/token");
        let both = [self.issuer(), token_endpoint.as_str()];
        let audiences = if client.strict_audience { both.get(..1).unwrap_or(&both) } else { &both };
        let expect = Expect { issuer: None, audiences, now: self.now().seconds(), leeway: 10 };
        let verified = verify::<ClientAssertion, AssertionClaims>(assertion.expose(), &keys, &expect)
            .map_err(|_| ("refused_assertion", NOT_BELIEVED))?;
        let claims = verified.claims();
        if client.strict_audience && claims.exp > (expect.now + STRICT_LIFETIME + expect.leeway) as f64 {
            return Err(("long_assertion", "this client's assertions may live for 300 seconds at most"));
        }
        if claims.act.is_some() {
            return Err((
                ASSERTED_ACTOR,
                "an assertion cannot name the person: exchange a token of the person instead",
            ));
        }
        let spend = Spend::of(&client.id.to_string(), &claims.jti, claims.exp as i64);
        Ok((client, Some(spend)))
    }

    /// Records that a client was not believed: in its organization's log if it has one, else in the deployment's. Of one
    /// who fails too often it is counted there.
    pub(crate) async fn record_failure(
        &self,
        call: &Call<'_>,
        hint: &str,
        method: &str,
        reason: &str,
    ) -> Result<(), OAuthError> {
        let known =
            hint.parse::<ClientId>().ok().and_then(|id| self.db().hot().clients.find_anywhere(id).cloned());
        let (client, agent) = known.as_ref().map_or((None, None), |client| (Some(client.id), client.agent));
        let log = known.map_or_else(chancery_vault::deployment, |client| client.org);
        self.0.strangers.admit(With::Credential, log, call.address, self.now()).map_err(too_many)?;
        let event = Event::ClientAuthenticationFailed {
            client,
            agent,
            client_hint: typed::shown(self.vault(), hint, hint.parse::<ClientId>().is_ok()),
            method: Text::new(method),
            reason: Text::new(reason),
        };
        let who = Who { actor: Actor::Anonymous, request: Some(call.request) };
        self.db()
            .write(log, who, move |tx| Ok::<_, Fault>(tx.record(event).with(())))
            .await
            .map_err(crate::grants::unavailable)
    }
}
