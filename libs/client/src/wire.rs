//! One request, one answer, one way to read errors.

use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ClientError;

/// Sends and reads a JSON answer.
pub(crate) async fn json<T: DeserializeOwned>(
    request: RequestBuilder,
    address: &str,
) -> Result<T, ClientError> {
    let (status, body) = send(request, address).await?;
    serde_json::from_slice(&body).map_err(|_| unexpected(address, status))
}

/// Sends and asks only whether it went well.
pub(crate) async fn done(request: RequestBuilder, address: &str) -> Result<(), ClientError> {
    send(request, address).await.map(drop)
}

/// Sends to the management API, whose refusals are problem documents (RFC 9457).
pub(crate) async fn api<T: DeserializeOwned>(
    request: RequestBuilder,
    address: &str,
) -> Result<T, ClientError> {
    let (status, body) = exchanged(request, address).await?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| unexpected(address, status));
    }
    Err(problem(address, status, &body))
}

fn problem(address: &str, status: StatusCode, body: &[u8]) -> ClientError {
    let Ok(mut details) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return unexpected(address, status);
    };
    let mut text = |name: &str| match details.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (Some(error), description) = (text("code"), text("detail")) else {
        return unexpected(address, status);
    };
    let (status, details) = (status.as_u16(), Box::new(details));
    ClientError::Refused { status, error, description, uri: None, details }
}

/// A refusal of either kind, read off its answer.
pub(crate) async fn refusal(response: reqwest::Response, address: &str) -> ClientError {
    let status = response.status();
    let body = response.bytes().await.unwrap_or_default();
    match problem(address, status, &body) {
        ClientError::Unexpected { .. } => refused(address, status, &body),
        known => known,
    }
}

async fn send(request: RequestBuilder, address: &str) -> Result<(StatusCode, Vec<u8>), ClientError> {
    let (status, body) = exchanged(request, address).await?;
    if status.is_success() { Ok((status, body)) } else { Err(refused(address, status, &body)) }
}

async fn exchanged(request: RequestBuilder, address: &str) -> Result<(StatusCode, Vec<u8>), ClientError> {
    // The URL of a request may carry a code or token; the address we name ourselves does not.
    let fail = |source: reqwest::Error| ClientError::Unreachable {
        address: address.to_owned(),
        source: source.without_url(),
    };
    let response = request.send().await.map_err(fail)?;
    let status = response.status();
    let body = response.bytes().await.map_err(fail)?.to_vec();
    Ok((status, body))
}

fn refused(address: &str, status: StatusCode, body: &[u8]) -> ClientError {
    let Ok(mut details) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return unexpected(address, status);
    };
    let mut text = |name: &str| match details.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    match (text("error"), text("error_description"), text("error_uri")) {
        (Some(error), description, uri) => ClientError::Refused {
            status: status.as_u16(),
            error,
            description,
            uri,
            details: Box::new(details),
        },
        _ => unexpected(address, status),
    }
}

fn unexpected(address: &str, status: StatusCode) -> ClientError {
    ClientError::Unexpected { address: address.to_owned(), status: status.as_u16() }
}
