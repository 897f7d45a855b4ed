//! The endpoints at which clients authenticate: token (RFC 6749 §3.2), introspection (RFC 7662), revocation (RFC 7009).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chancery_issuer::Fetched;
use http::StatusCode;

use crate::Api;
use crate::oauth::asked::Asked;
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
    Ok(json(api.issuer.introspect(asked.call(&params)).await?))
}

pub(super) async fn revoke(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    api.issuer.revoke(asked.call(&params)).await?;
    Ok(StatusCode::OK.into_response())
}
