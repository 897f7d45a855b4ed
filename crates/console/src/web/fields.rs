//! The fields of a posted form.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use chancery_kernel::Secret;
use chancery_oauth::Params;
use chancery_oauth::params::long_field;
use http::{StatusCode, header};

/// A form as it was posted, capped; passwords come out as secrets only.
pub(super) struct Fields {
    values: Vec<(String, String)>,
    secrets: Vec<(String, Secret)>,
}

/// Fields that may stand more than once: lists of check boxes.
const REPEATABLE: &[&str] = &["scope", "scopes", "owner"];
/// The text of a model: longer than anything else that is typed.
const LONG: &str = "text";
const SECRET: &[&str] = &["password", "password_again", "current", "one_time"];

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let form =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !form.starts_with("application/x-www-form-urlencoded") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let short = "this form is too long, or did not arrive whole: go back, and send less of it at once";
        let body =
            Bytes::from_request(request, state).await.map_err(|e| (e.status(), short).into_response())?;
        Self::read(&body).ok_or_else(|| (StatusCode::BAD_REQUEST, "this form cannot be read").into_response())
    }
}

impl Fields {
    fn read(body: &[u8]) -> Option<Self> {
        let mut fields = Self { values: Vec::new(), secrets: Vec::new() };
        let long = long_field(body, LONG);
        let body = long.as_ref().map_or(body, |(_, rest)| rest);
        let params = Params::parse_form(body, REPEATABLE).ok()?;
        fields.values.extend(long.as_ref().map(|(text, _)| (LONG.to_owned(), text.clone())));
        let names: Vec<String> = params.names().map(str::to_owned).collect();
        for name in names {
            if fields.values.iter().any(|(n, _)| *n == name) {
                continue;
            }
            match params.secret(&name) {
                Some(secret) => fields.secrets.push((name, secret.clone())),
                None if SECRET.contains(&name.as_str()) => {
                    let value = Secret::new(params.get(&name).unwrap_or_default());
                    fields.secrets.push((name, value));
                }
                None => fields.values.extend(params.all(&name).map(|v| (name.clone(), v.to_owned()))),
            }
        }
        Some(fields)
    }

    /// The field's text; empty where it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub fn secret(&self, name: &str) -> Secret {
        self.secrets.iter().find(|(n, _)| n == name).map_or_else(|| Secret::new(""), |(_, v)| v.clone())
    }

    /// The version the page was drawn from.
    pub fn version(&self) -> Option<i64> {
        self.text("version").parse().ok()
    }

    /// Every field but the secrets, as it was typed.
    pub fn open(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }
}
