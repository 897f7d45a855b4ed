//! What handlers give back when all went well.

use axum::Json;
use axum::response::{IntoResponse, Response};
use chancery_kernel::Seconds;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::Problem;
use crate::extract::etag;

/// A JSON body, or a problem.
pub type Answer<T> = Result<Json<T>, Problem>;

/// Done, and there is nothing to say.
pub struct Done;

/// A record as it stands, under the tag of its version.
pub struct Versioned<T> {
    pub version: i64,
    pub body: T,
}

/// A record just made, and where it is.
pub struct Created<T> {
    /// Path of the record, beginning with `/`.
    pub location: String,
    pub version: i64,
    pub body: T,
}

/// Taken up, and not yet done: where it can be followed, and when it is worth while to look.
pub struct Accepted<T> {
    /// Path, beginning with `/`.
    pub location: String,
    pub again: Seconds,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::ACCEPTED, Json(self.body)).into_response();
        let headers = response.headers_mut();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            headers.insert(header::LOCATION, location);
        }
        headers.insert(header::RETRY_AFTER, HeaderValue::from(self.again.0.max(0).unsigned_abs()));
        response
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        tag(&mut response, self.version);
        response
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        tag(&mut response, self.version);
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

fn tag(response: &mut Response, version: i64) {
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}
