//! Checking an ID token (OpenID Connect Core §3.1.3.7 and §3.1.3.8).

use chancery_jose::{Expect, IdToken, JwkSet, Keys, Reject, Verified, at_hash, verify};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::{Client, ClientError, Secret, client::endpoint, clock, wire};

/// How far the issuer's clock and ours may be apart, in seconds.
const LEEWAY: i64 = 60;

type Claims = Map<String, Value>;

impl Client {
    pub(crate) async fn check_id_token(
        &self,
        id_token: &Secret,
        nonce: Option<&str>,
        access_token: &str,
    ) -> Result<Claims, ClientError> {
        let verified = self.verify_id_token(id_token.expose()).await?;
        let text = |name: &str| verified.get(name).and_then(Value::as_str);
        if text("sub").is_none_or(str::is_empty) || !verified.contains_key("iat") {
            return Err(ClientError::IdToken("a required claim is missing"));
        }
        // Several audiences, or an authorized party: it must be us.
        let several = verified.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        if (several || text("azp").is_some()) && text("azp") != Some(self.client_id()) {
            return Err(ClientError::IdToken("it was issued to another client"));
        }
        let found = text("nonce").unwrap_or_default();
        if nonce.is_some_and(|nonce| !bool::from(nonce.as_bytes().ct_eq(found.as_bytes()))) {
            return Err(ClientError::IdToken("it belongs to another sign-in"));
        }
        if text("at_hash").is_some_and(|hash| hash != at_hash(verified.alg(), access_token)) {
            return Err(ClientError::IdToken("the access token beside it is not the one it was issued with"));
        }
        Ok(verified.into_claims())
    }

    /// With the keys at hand, and once more with fresh ones if the key is not known.
    async fn verify_id_token(&self, token: &str) -> Result<Verified<IdToken, Claims>, ClientError> {
        let expect = Expect {
            issuer: Some(&self.0.metadata.issuer),
            audiences: &[self.client_id()],
            now: clock::seconds(),
            leeway: LEEWAY,
        };
        let mut held = self.0.keys.lock().await;
        if let Some(keys) = held.as_ref() {
            match verify(token, keys, &expect) {
                Err(Reject::UnknownKey) => {}
                other => return Ok(other?),
            }
        }
        let address = endpoint(&self.0.metadata.jwks_uri, "key set")?;
        let set: JwkSet = wire::json(self.0.http.get(address), address).await?;
        let keys = held.insert(Keys::from_set(&set));
        Ok(verify(token, keys, &expect)?)
    }
}
