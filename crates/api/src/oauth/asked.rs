//! What every protocol endpoint reads of a request: one form body, one `Authorization` header, the query.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use chancery_issuer::Call;
use chancery_kernel::RequestId;
use chancery_oauth::{OAuthError, Params, REPEATABLE};
use http::header;

use crate::edge::Requested;
use crate::extract::ClientAddress;
use crate::oauth::reply::Refused;
use crate::{Api, LongWait};

/// How an answer of introspection is asked for that is signed (RFC 9701 §4).
pub(super) const SIGNED: &str = "application/token-introspection+jwt";

/// A request, read whole. Parameters borrow from it.
pub(super) struct Asked {
    body: Bytes,
    json: bool,
    query: String,
    authorization: Option<String>,
    address: Option<IpAddr>,
    /// Whether the answer of an introspection is to be signed.
    pub signed: bool,
    pub request: RequestId,
    pub long: LongWait,
}

impl FromRequest<Api> for Asked {
    type Rejection = Refused;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refused> {
        let id = request.extensions().get::<Requested>().map(|r| r.0);
        let id = id.unwrap_or_else(|| api.platform.db.env().id());
        let address = request.extensions().get::<ClientAddress>().map(|a| a.0);
        let long = LongWait::of(request.extensions());
        let query = request.uri().query().unwrap_or_default().to_owned();
        let json = content_type(&request)?;
        let authorization = one_authorization(&request)?;
        let signed = accepts(&request, SIGNED);
        let body = Bytes::from_request(request, api).await.map_err(|_| {
            OAuthError::invalid_request(format!(
                "the body is larger than {} bytes or was cut off",
                chancery_oauth::params::MAX_BODY
            ))
        })?;
        Ok(Self { body, json, query, authorization, signed, address, request: id, long })
    }
}

impl Asked {
    pub fn params(&self) -> Result<Params<'_>, OAuthError> {
        let params = if self.json {
            Params::parse_json(&self.body, REPEATABLE)
        } else {
            Params::parse_form(&self.body, REPEATABLE)
        };
        params.map_err(Into::into)
    }

    pub fn call<'a>(&'a self, params: &'a Params<'a>) -> Call<'a> {
        Call {
            authorization: self.authorization.as_deref(),
            query: &self.query,
            params,
            address: self.address,
            request: self.request,
        }
    }
}

/// Whether `Accept` names a type: ranges with a star do not ask for it (RFC 9110 §12.5.1).
fn accepts(request: &Request, media: &str) -> bool {
    let texts = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(media));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// Forms, as RFC 6749 §4 wants them, and JSON objects of strings, as agent frameworks send them.
fn content_type(request: &Request) -> Result<bool, OAuthError> {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Ok(false),
        "application/json" => Ok(true),
        _ => Err(OAuthError::invalid_request("the body has to be application/x-www-form-urlencoded")),
    }
}

fn one_authorization(request: &Request) -> Result<Option<String>, OAuthError> {
    let mut values = request.headers().get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(OAuthError::invalid_request("the Authorization header is not text")),
        },
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("send one Authorization header, not several")),
    }
}
