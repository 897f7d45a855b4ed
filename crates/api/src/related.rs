//! How answers of the relationship API look: OpenFGA's JSON, and in headers what they were given from.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use chancery_authz::ask::Ground;
use chancery_kernel::{Id, ulid};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use crate::{Problem, headers};

pub type Answered = Result<Response, Problem>;

const STORE: HeaderName = HeaderName::from_static("openfga-store-id");
const MODEL: HeaderName = HeaderName::from_static("openfga-authorization-model-id");
const VERSION: HeaderName = HeaderName::from_static("chancery-version");

/// A JSON body.
pub fn json(status: StatusCode, body: &Value) -> Response {
    raw(status, body.to_string())
}

pub fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

pub fn created(body: &Value) -> Response {
    json(StatusCode::CREATED, body)
}

pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn raw(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers::of_json();
    response
}

/// A body that is JSON already.
pub fn text(body: impl Into<Body>) -> Response {
    raw(StatusCode::OK, body)
}

/// Says from what an answer was given.
pub fn grounded(mut response: Response, ground: &Ground) -> Response {
    let headers = response.headers_mut();
    for (name, id) in [(STORE, ground.store.uuid()), (MODEL, ground.model.uuid())] {
        if let Ok(value) = HeaderValue::from_bytes(ulid::Text::of(id).as_bytes()) {
            headers.insert(name, value);
        }
    }
    headers.insert(VERSION, HeaderValue::from(ground.version));
    response
}

/// The same where no model took part.
pub fn versioned(response: Response, store: &str, version: u64) -> Response {
    let mut response = of_store(response, store);
    response.headers_mut().insert(VERSION, HeaderValue::from(version));
    response
}

/// Says of which store and model an answer is.
pub fn of_model(response: Response, (store, model): (&str, &str)) -> Response {
    let mut response = of_store(response, store);
    if let Ok(value) = HeaderValue::from_str(model) {
        response.headers_mut().insert(MODEL, value);
    }
    response
}

/// Says of which store an answer is.
pub fn of_store(mut response: Response, store: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(store) {
        response.headers_mut().insert(STORE, value);
    }
    response
}

/// A failure in the middle of a stream: its last line.
pub fn failed_line(problem: &Problem) -> Bytes {
    let fault = problem.fault();
    let message = if problem.is_ours() { "Internal Server Error" } else { &fault.public };
    format!("{}\n", serde_json::json!({ "error": { "code": fault.code, "message": message } })).into()
}
