//! The endpoints at which clients authenticate: token (RFC 6749 §3.2), introspection (RFC 7662), revocation (RFC 7009).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chancery_issuer::Fetched;
use http::{HeaderValue, StatusCode, header};

use crate::Api;
use crate::oauth::asked::{Asked, SIGNED};
use crate::oauth::reply::{Refused, answer, json};

pub(super) async fn token(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    match api.issuer.token(asked.call(&params)).await? {
        Fetched::Now(token) => answer(&token),
        Fetched::Later(later) => {
            let fetched = async { answer(&later.answer().await?) };
            Ok(asked.long.until(async { fetched.await.into_response() }))
        }
    }
}

pub(super) async fn introspect(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    if asked.signed {
        let signed = api.issuer.introspect_signed(asked.call(&params)).await?;
        let mut response = json(signed.expose().to_owned());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SIGNED));
        return Ok(response);
    }
    Ok(json(api.issuer.introspect(asked.call(&params)).await?))
}

pub(super) async fn revoke(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    api.issuer.revoke(asked.call(&params)).await?;
    Ok(StatusCode::OK.into_response())
}
