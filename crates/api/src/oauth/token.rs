//! The endpoints at which clients authenticate: token (RFC 6749 §3.2), introspection (RFC 7662), revocation (RFC 7009).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chancery_issuer::Fetched;
use http::StatusCode;

use crate::Api;
use crate::oauth::asked::Asked;
use crate::oauth::reply::{Refused, answer};

pub(super) async fn token(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let long = asked.long.clone();
    // In a box, and with all of the request: neither is kept while a person is waited for.
    let fetched = Box::pin(async move {
        let params = asked.params()?;
        api.issuer.token(asked.call(&params)).await
    });
    match fetched.await? {
        Fetched::Now(token) => answer(&token),
        Fetched::Later(later) => {
            long.begin();
            answer(&later.answer().await?)
        }
    }
}

pub(super) async fn introspect(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    answer(&api.issuer.introspect(asked.call(&params)).await?)
}

pub(super) async fn revoke(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    api.issuer.revoke(asked.call(&params)).await?;
    Ok(StatusCode::OK.into_response())
}
