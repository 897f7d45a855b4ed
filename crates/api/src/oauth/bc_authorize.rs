//! The backchannel authentication endpoint (OpenID CIBA Core 1.0 §7).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chancery_oauth::ErrorCode;
use http::StatusCode;

use crate::Api;
use crate::oauth::asked::Asked;
use crate::oauth::reply::{Refused, answer};

pub(super) async fn bc_authorize(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    match api.issuer.bc_authorize(asked.call(&params)).await {
        Ok(put) => answer(&put),
        // §13: here, and not at the token endpoint, a refusal is a 403.
        Err(error) if error.code == ErrorCode::AccessDenied => {
            let mut response = Refused(error).into_response();
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok(response)
        }
        Err(error) => Err(Refused(error)),
    }
}
