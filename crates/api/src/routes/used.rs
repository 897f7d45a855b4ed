//! What agents read here: each reading is a use of a token, and stands in the log as guards of other systems report it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chancery_context::Requested;
use chancery_issuer::Use;

use crate::extract::{bearer_token, proven};
use crate::{Api, Problem};

/// Answers, and records it where an agent asked. What cannot be recorded is not told.
pub(super) async fn note(State(api): State<Api>, request: Request, next: Next) -> Response {
    let token = bearer_token(request.headers()).ok().flatten();
    let bearer = token.and_then(|token| proven(&api, token, request.uri().path()).ok());
    let Some((bearer, evidence)) = bearer.and_then(|b| b.evidence.clone().map(|evidence| (b, evidence)))
    else {
        return next.run(request).await;
    };
    let id = request.extensions().get::<Requested>().map(|r| r.0);
    let id = id.unwrap_or_else(|| api.platform.db.env().id());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let made = Use { jti: &bearer.jti, method: method.as_str(), path: &path, status, request: id };
    match api.issuer.record_use(bearer.org, &evidence, made).await {
        Ok(()) => response,
        Err(fault) => Problem::from(fault).into_response(),
    }
}
