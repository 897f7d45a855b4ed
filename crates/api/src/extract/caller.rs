//! Who calls: the bearer of an access token for the management API, or for one store of it (RFC 6750 §2.1).

use axum::extract::FromRequestParts;
use chancery_context::Cx;
use chancery_issuer::{Bearer, TokenRefusal};
use chancery_kernel::{Id, StoreId, ulid};
use http::request::Parts;
use http::{HeaderMap, header};

use crate::edge::Requested;
use crate::extract::ClientAddress;
use crate::{Api, Problem};

/// The context of an authenticated call. First among a handler's arguments: nothing is looked at before it.
pub struct Call(pub Cx);

impl FromRequestParts<Api> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers)?.ok_or_else(Problem::token_missing)?;
        let request = parts.extensions.get::<Requested>().map(|r| r.0);
        let request = request.unwrap_or_else(|| api.platform.db.env().id());
        let address = parts.extensions.get::<ClientAddress>().map(|a| a.0);
        let bearer = match proven(api, token, parts.uri.path()) {
            Ok(proven) => proven,
            Err(refusal) => {
                let target = format!("{} {}", parts.method, parts.uri.path());
                api.issuer.record_token_refused(token, refusal, &target, (request, address)).await?;
                return Err(refusal.into());
            }
        };
        let Bearer { org, caller, evidence, .. } = bearer;
        Ok(Self(Cx { platform: api.platform.clone(), org, caller, request, address, evidence }))
    }
}

/// Who bears a token, at this path: below a store of relationships, tokens for that store alone count too.
pub(crate) fn proven(api: &Api, token: &str, path: &str) -> Result<Bearer, TokenRefusal> {
    match store_of(path) {
        Some(store) => api.issuer.caller_at_store(token, store),
        None => api.issuer.caller_of_token(token),
    }
}

/// The store that a path lies in, or is.
fn store_of(path: &str) -> Option<StoreId> {
    let rest = path.strip_prefix("/fga/stores/")?;
    let id = rest.split_once('/').map_or(rest, |(id, _)| id);
    ulid::decode(id).map(StoreId::from_uuid)
}

/// The token of the `Authorization` header, the only place it is looked for: in a query it would stand in logs.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let twice = headers.contains_key(header::AUTHORIZATION);
        let detail = "send one `Authorization` header, not several";
        return if twice { Err(Problem::invalid("authorization_repeated", detail)) } else { Ok(None) };
    };
    // RFC 9110 §11.1: schemes are compared without regard to case. What is no text of letters is no token.
    let shown = value.as_bytes().split_at_checked(SCHEME.len());
    let token = shown.filter(|(scheme, token)| scheme.eq_ignore_ascii_case(SCHEME) && token.is_ascii());
    let token = token.and_then(|(_, token)| std::str::from_utf8(token).ok());
    token.map(|token| Some(token.trim_start_matches(' '))).ok_or_else(Problem::token_missing)
}

/// RFC 6750 §2.1.
const SCHEME: &[u8] = b"bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, u16> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, http::HeaderValue::from_static(value));
        }
        bearer_token(&headers).map(|token| token.map(str::to_owned)).map_err(|p| p.status().as_u16())
    }

    #[test]
    fn reads_one_bearer_token_and_nothing_else() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".into())));
        assert_eq!(read(&["bearer abc"]), Ok(Some("abc".into())));
        assert_eq!(read(&["Basic abc"]), Err(401));
        assert_eq!(read(&["Bearer"]), Err(401));
        assert_eq!(read(&["Bearer a", "Bearer b"]), Err(400));
    }
}
