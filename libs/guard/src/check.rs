//! The checks a token passes: RFC 9068 §4, then the route's own, then the marks.

use std::sync::{Arc, PoisonError};

use chancery_jose::{AccessToken, Expect, Keys, Reject, sha256, verify};
use http::{HeaderMap, Uri, header};
use serde_json::{Map, Value};

use crate::{Caller, Require, cache::Entry, clock, marks, refusal::Refusal, shared::Shared};

/// The bearer token of a request. Only the header is read: a token in a URL ends up in logs and histories
/// (RFC 6750 §5.3, RFC 9700 §4.3.2).
pub(crate) fn bearer<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<&'a str, Refusal> {
    let query = uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair.split('=').next() == Some("access_token")) {
        return Err(Refusal::Malformed(
            "send the access token in the Authorization header, never in the URL",
        ));
    }
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    if values.next().is_some() {
        return Err(Refusal::Malformed("send one Authorization header"));
    }
    let value =
        value.to_str().map_err(|_| Refusal::Malformed("the Authorization header is not plain text"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Refusal::NoToken);
    }
    let token = token.trim_matches(' ');
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(known) {
        return Err(Refusal::Malformed("the Authorization header must be: Bearer <access token>"));
    }
    Ok(token)
}

impl Shared {
    /// Proves a token, or finds it among those proven before; expiry is checked each time.
    pub(crate) async fn prove(&self, token: &str) -> Result<Arc<Entry>, Refusal> {
        let digest = sha256(token.as_bytes());
        if let Some(entry) = self.cache.find(&digest) {
            return if entry.exp > clock::seconds().saturating_sub(self.settings.leeway) {
                Ok(entry)
            } else {
                Err(Refusal::Invalid("the token has expired"))
            };
        }
        let keys = self.keys.current();
        let verified = match self.verify(token, &keys) {
            Err(Reject::UnknownKey) => self.verify(token, &*self.refetch(&keys).await),
            other => other,
        };
        let claims = verified.map_err(|reject| Refusal::Invalid(why(reject)))?;
        let entry = Arc::new(entry(claims).map_err(Refusal::Invalid)?);
        self.cache.put(digest, Arc::clone(&entry));
        Ok(entry)
    }

    fn verify(&self, token: &str, keys: &Keys) -> Result<Map<String, Value>, Reject> {
        let audiences: Vec<&str> = self.settings.audiences.iter().map(String::as_str).collect();
        let expect = Expect {
            issuer: Some(&self.settings.issuer),
            audiences: &audiences,
            now: clock::seconds(),
            leeway: self.settings.leeway,
        };
        verify::<AccessToken, Map<String, Value>>(token, keys, &expect).map(|verified| verified.into_claims())
    }

    /// Whether a proven token may pass here and now.
    pub(crate) fn admit(&self, entry: &Entry, require: &Require) -> Result<(), Refusal> {
        self.alive(entry)?;
        require.check(&entry.caller, self.settings.profile, clock::seconds())
    }

    fn alive(&self, entry: &Entry) -> Result<(), Refusal> {
        let marks = self.feed.marks.read().unwrap_or_else(PoisonError::into_inner);
        if marks.kill(&entry.mark_keys, entry.caller.pos, clock::seconds()) {
            return Err(Refusal::Invalid("the token was revoked"));
        }
        // Another organization's marks are not in this feed, so nothing is known about this token; and before the
        // first snapshot it is not known whose feed this is.
        match (&marks.org, &entry.caller.org) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                return Err(Refusal::Invalid("the token belongs to another organization"));
            }
            (None, Some(_)) => return Err(Refusal::Silent),
            _ => {}
        }
        drop(marks);
        if entry.involves_agent && self.feed.silent(self.settings.max_silence) {
            return Err(Refusal::Silent);
        }
        Ok(())
    }
}

fn entry(claims: Map<String, Value>) -> Result<Entry, &'static str> {
    let exp = claims.get("exp").and_then(Value::as_f64).ok_or("the token has no exp")?.floor();
    #[expect(clippy::cast_possible_truncation, reason = "jose admits dates only within 2^53")]
    let exp = exp as i64;
    let caller = Caller::read(claims)?;
    let ids = caller.ids();
    let mark_keys = marks::keys_of(&ids, caller.org.as_deref(), &caller.jti);
    let involves_agent =
        caller.agent.is_some() || !caller.actors.is_empty() || ids.iter().any(|id| id.starts_with("agt_"));
    Ok(Entry { caller, mark_keys, exp, involves_agent })
}

/// What a stranger may read about a refused token.
fn why(reject: Reject) -> &'static str {
    match reject {
        Reject::Malformed | Reject::TooLong | Reject::DuplicateMember => "the token is not a well-formed JWT",
        Reject::AlgRefused | Reject::UnknownKey | Reject::BadSignature | Reject::UnknownCrit => {
            "the token is not signed by the issuer this API trusts"
        }
        Reject::WrongType => "this is not an access token",
        Reject::WrongIssuer => "the token is from another issuer",
        Reject::WrongAudience => "the token is for another API; ask for one with this API as resource",
        Reject::Expired => "the token has expired",
        Reject::NotYetValid | Reject::IssuedInFuture => "the token is not valid yet",
        Reject::LifetimeTooLong => "the token lives too long",
        Reject::MissingClaim(_) => "the token lacks a required claim",
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&str], uri: &str) -> Result<String, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer(&headers, &uri.parse().unwrap()).map(str::to_owned)
    }

    #[test]
    fn only_one_bearer_header_is_a_token() {
        assert_eq!(read(&["Bearer abc.d-e_f"], "/").unwrap(), "abc.d-e_f");
        assert_eq!(read(&["bearer  abc"], "/").unwrap(), "abc");
        assert_eq!(read(&[], "/").unwrap_err(), Refusal::NoToken);
        assert_eq!(read(&["Basic abc"], "/").unwrap_err(), Refusal::NoToken);
        assert_eq!(read(&["Bearerabc"], "/").unwrap_err(), Refusal::NoToken);
        for bad in [
            &["Bearer"] as &[&str],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a\"b"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(bad, "/").unwrap_err().code(), "invalid_request", "{bad:?}");
        }
    }

    #[test]
    fn a_token_in_the_query_is_refused() {
        assert_eq!(read(&["Bearer abc"], "/x?a=b&access_token=abc").unwrap_err().code(), "invalid_request");
        assert!(read(&["Bearer abc"], "/x?my_access_token=abc").is_ok());
    }
}
