//! Userinfo (OpenID Connect Core §5.3): GET or POST, with the access token in the `Authorization` header.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chancery_oauth::error::bearer_challenge;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::Api;
use crate::edge::Requested;
use crate::extract::bearer_token;
use crate::oauth::reply::{Refused, json};

pub(super) async fn userinfo(
    State(api): State<Api>,
    Extension(Requested(request)): Extension<Requested>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    match bearer_token(&headers) {
        Ok(Some(token)) => Ok(json(api.issuer.userinfo(token, request).await?)),
        // A request without any token gets the bare challenge (RFC 6750 §3).
        _ => {
            let mut response = StatusCode::UNAUTHORIZED.into_response();
            if let Ok(value) = HeaderValue::from_str(&bearer_challenge("chancery")) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            Ok(response)
        }
    }
}
