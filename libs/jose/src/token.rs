//! Signing and verifying compact tokens (RFC 7515 §5, RFC 7519 §7).

use std::{fmt, marker::PhantomData, ops::Deref};

use base64::encoded_len;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Alg, HeaderView, Keys, Purpose, Reject, SignError, SigningKey,
    encode::{b64, push_b64, unb64},
    header, scan,
};

/// Longest token that is looked at, in bytes, unless its purpose says otherwise.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Signs claims for a purpose.
pub fn sign<P: Purpose, C: Serialize>(key: &SigningKey, claims: &C) -> Result<String, SignError> {
    let mut payload = Vec::with_capacity(768);
    serde_json::to_writer(&mut payload, claims).map_err(|_| SignError::Claims)?;
    if payload.first() != Some(&b'{') {
        return Err(SignError::Claims);
    }
    let fresh;
    let header = if let Some(ready) = key.header(P::TYP) {
        ready
    } else {
        fresh = header::encode(key.alg(), P::TYP, key.kid());
        &fresh
    };
    let length = |bytes| encoded_len(bytes, false).unwrap_or(P::MAX_LENGTH);
    let total = header.len() + length(payload.len()) + length(key.signature_len()) + 2;
    if total > P::MAX_LENGTH {
        return Err(SignError::TooLong);
    }
    let mut token = String::with_capacity(total);
    token.push_str(header);
    token.push('.');
    push_b64(&mut token, &payload);
    let signature = key.sign_with(token.as_bytes(), b64)?;
    token.push('.');
    token.push_str(&signature);
    Ok(token)
}

/// What a verifier demands besides the class of token.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// `iss` must be this, byte for byte; `None` leaves the check to the caller.
    pub issuer: Option<&'a str>,
    /// `aud` must contain one of these, byte for byte; an empty list leaves the check to the caller.
    pub audiences: &'a [&'a str],
    /// Now, in seconds since 1970.
    pub now: i64,
    /// How far two clocks may be apart, in seconds.
    pub leeway: i64,
}

/// Claims whose token was verified for the purpose `P`. Only [`verify`] makes one.
pub struct Verified<P, C> {
    claims: C,
    kid: String,
    alg: Alg,
    purpose: PhantomData<fn() -> P>,
}

impl<P, C> Verified<P, C> {
    /// The claims.
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims, taken out.
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// The name of the key that signed.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it was signed with.
    pub fn alg(&self) -> Alg {
        self.alg
    }
}

impl<P, C> Deref for Verified<P, C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.claims
    }
}

impl<P, C: fmt::Debug> fmt::Debug for Verified<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("claims", &self.claims)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Verifies a token for a purpose: form, type, algorithm, key, signature, then the registered claims. Claims are
/// read only after the signature is proven.
pub fn verify<P: Purpose, C: DeserializeOwned>(
    token: &str,
    keys: &Keys,
    expect: &Expect<'_>,
) -> Result<Verified<P, C>, Reject> {
    let parts = Parts::split(token, P::MAX_LENGTH)?;
    let header = HeaderView::parse(&unb64(parts.header)?)?;
    if !P::typ_allowed(header.typ.as_deref()) {
        return Err(Reject::WrongType);
    }
    let signature = unb64(parts.signature)?;
    let key = keys.signer(header.alg, header.kid.as_deref(), parts.signed.as_bytes(), &signature)?;
    let payload = unb64(parts.payload)?;
    check::<P>(&scan::claims(&payload)?, expect)?;
    let claims = serde_json::from_slice(&payload).map_err(|_| Reject::Malformed)?;
    Ok(Verified { claims, kid: key.kid().to_owned(), alg: key.alg(), purpose: PhantomData })
}

/// Reads a token without proving anything. Only for choosing whose keys to try, such as a client by the `iss` of its
/// assertion: never act on what this returns.
pub fn decode_unverified<C: DeserializeOwned>(token: &str) -> Result<(HeaderView, C), Reject> {
    let parts = Parts::split(token, MAX_TOKEN)?;
    let header = HeaderView::parse(&unb64(parts.header)?)?;
    let payload = unb64(parts.payload)?;
    scan::claims(&payload)?;
    let claims = serde_json::from_slice(&payload).map_err(|_| Reject::Malformed)?;
    Ok((header, claims))
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// Header and payload with the dot between them.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str, longest: usize) -> Result<Self, Reject> {
        if token.len() > longest {
            return Err(Reject::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Reject::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Reject::Malformed)?;
        // A dot left in the payload is a fourth segment; it is no base64url letter either.
        if header.is_empty() || payload.is_empty() || payload.contains('.') {
            return Err(Reject::Malformed);
        }
        Ok(Self { header, payload, signature, signed })
    }
}

/// RFC 7519 §4.1 with the bounds of the purpose.
fn check<P: Purpose>(claims: &scan::Claims, expect: &Expect<'_>) -> Result<(), Reject> {
    let Expect { issuer, audiences, now, leeway } = *expect;
    if let Some(issuer) = issuer {
        match claims.iss.as_deref() {
            None => return Err(Reject::MissingClaim("iss")),
            Some(found) if found != issuer => return Err(Reject::WrongIssuer),
            Some(_) => {}
        }
    }
    if !audiences.is_empty() {
        let found = claims.aud.as_ref().ok_or(Reject::MissingClaim("aud"))?.as_slice();
        let alone = !P::ONE_AUDIENCE || found.len() == 1;
        if !alone || !found.iter().any(|aud| audiences.contains(&aud.as_str())) {
            return Err(Reject::WrongAudience);
        }
    }
    let exp = claims.exp.ok_or(Reject::MissingClaim("exp"))?.0;
    if exp <= now.saturating_sub(leeway) {
        return Err(Reject::Expired);
    }
    let latest = now.saturating_add(leeway);
    if P::MAX_LIFETIME.is_some_and(|most| exp > latest.saturating_add(most)) {
        return Err(Reject::LifetimeTooLong);
    }
    if claims.nbf.is_some_and(|nbf| nbf.0 > latest) {
        return Err(Reject::NotYetValid);
    }
    if claims.iat.is_some_and(|iat| iat.0 > latest) {
        return Err(Reject::IssuedInFuture);
    }
    if P::REQUIRE_JTI && !claims.jti {
        return Err(Reject::MissingClaim("jti"));
    }
    Ok(())
}
