//! The one file that names HTTP status codes: how a refusal is answered (RFC 6750 §3, RFC 9470 §3).

use http::{HeaderValue, Response, StatusCode, header};

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No credentials at all: the challenge carries no error (RFC 6750 §3.1).
    NoToken,
    /// The request itself is wrong.
    Malformed(&'static str),
    /// The token is wrong.
    Invalid(&'static str),
    /// The token is right, but lacks these scopes.
    Scope(String),
    /// The token is right, but the person did not prove themselves well enough, or too long ago: what would do.
    Assurance { acr: String, max_age: Option<u64> },
    /// The token is right, and no other scope would help.
    Forbidden(&'static str),
    /// The guard has not heard from the issuer for too long.
    Silent,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::Invalid(_) | Self::Assurance { .. } => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Scope(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Silent => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error code; also the reason that is reported.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoToken | Self::Malformed(_) => "invalid_request",
            Self::Invalid(_) => "invalid_token",
            Self::Scope(_) => "insufficient_scope",
            Self::Assurance { .. } => "insufficient_user_authentication",
            Self::Forbidden(_) => "access_denied",
            Self::Silent => "temporarily_unavailable",
        }
    }

    pub(crate) fn description(&self) -> &str {
        match self {
            Self::NoToken => "send an access token in the Authorization header",
            Self::Malformed(why) | Self::Invalid(why) | Self::Forbidden(why) => why,
            Self::Scope(_) => "the token lacks a scope this request needs",
            Self::Assurance { .. } => "the person has to sign in anew, as the challenge says",
            Self::Silent => "it cannot be established whether this agent was revoked; try again in a second",
        }
    }

    fn challenge(&self, realm: &str, metadata: Option<&str>) -> Option<String> {
        let challenge = self.bare_challenge(realm)?;
        // RFC 9728 §5.1: where a client without a token learns from whom to get one.
        Some(match metadata {
            Some(url) => format!(r#"{challenge}, resource_metadata="{}""#, quoted(url)),
            None => challenge,
        })
    }

    fn bare_challenge(&self, realm: &str) -> Option<String> {
        let realm = quoted(realm);
        let (code, why) = (self.code(), self.description());
        match self {
            Self::NoToken => Some(format!(r#"Bearer realm="{realm}""#)),
            Self::Malformed(_) | Self::Invalid(_) => {
                Some(format!(r#"Bearer realm="{realm}", error="{code}", error_description="{why}""#))
            }
            Self::Scope(scope) => Some(format!(
                r#"Bearer realm="{realm}", error="{code}", error_description="{why}", scope="{}""#,
                quoted(scope)
            )),
            Self::Assurance { acr, max_age } => {
                let acr = (!acr.is_empty()).then(|| format!(r#", acr_values="{}""#, quoted(acr)));
                let age = max_age.map(|age| format!(r#", max_age="{age}""#));
                let wanted: String = acr.into_iter().chain(age).collect();
                Some(format!(r#"Bearer realm="{realm}", error="{code}", error_description="{why}"{wanted}"#))
            }
            Self::Forbidden(_) | Self::Silent => None,
        }
    }

    /// The answer, with the error as JSON too.
    pub(crate) fn response<B: From<String>>(&self, realm: &str, metadata: Option<&str>) -> Response<B> {
        let body = serde_json::json!({"error": self.code(), "error_description": self.description()});
        let mut response = Response::new(B::from(body.to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(value) = self.challenge(realm, metadata).and_then(|text| HeaderValue::try_from(text).ok())
        {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        if *self == Self::Silent {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Where a resource's metadata is: the well-known part stands between its host and its path (RFC 9728 §3.1).
pub(crate) fn metadata_url(resource: &str) -> Option<String> {
    let (scheme, rest) = resource.split_once("://")?;
    let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    matches!(scheme, "https" | "http")
        .then(|| format!("{scheme}://{host}/.well-known/oauth-protected-resource{path}"))
}

/// Keeps configured text inside its quotes (RFC 9110 §5.6.4).
fn quoted(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\') || *c == ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(refusal: &Refusal) -> (u16, Option<String>) {
        let response: Response<String> = refusal.response("crm", None);
        let challenge = response.headers().get(header::WWW_AUTHENTICATE);
        (response.status().as_u16(), challenge.map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_metadata_stands_between_host_and_path() {
        for (resource, url) in [
            ("https://crm.example", Some("https://crm.example/.well-known/oauth-protected-resource")),
            ("https://crm.example/", Some("https://crm.example/.well-known/oauth-protected-resource")),
            (
                "https://crm.example/api/v1",
                Some("https://crm.example/.well-known/oauth-protected-resource/api/v1"),
            ),
            ("urn:crm", None),
        ] {
            assert_eq!(metadata_url(resource).as_deref(), url);
        }
    }

    #[test]
    fn challenges_lead_to_the_metadata_of_the_resource() {
        let url = "https://crm.example.com/.well-known/oauth-protected-resource/api";
        let response: Response<String> = Refusal::NoToken.response("crm", Some(url));
        let told = format!(r#"Bearer realm="crm", resource_metadata="{url}""#);
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], told);
        let silent: Response<String> = Refusal::Silent.response("crm", Some(url));
        assert!(!silent.headers().contains_key(header::WWW_AUTHENTICATE));
    }

    #[test]
    fn challenges_follow_rfc_6750_section_3() {
        assert_eq!(answer(&Refusal::NoToken), (401, Some(r#"Bearer realm="crm""#.into())));
        let invalid =
            r#"Bearer realm="crm", error="invalid_token", error_description="the token has expired""#;
        assert_eq!(answer(&Refusal::Invalid("the token has expired")), (401, Some(invalid.into())));
        let (status, challenge) = answer(&Refusal::Scope("a b".into()));
        assert!(
            status == 403
                && challenge
                    .is_some_and(|text| text.contains(r#"error="insufficient_scope""#)
                        && text.ends_with(r#"scope="a b""#))
        );
        assert_eq!(answer(&Refusal::Malformed("x")).0, 400);
        assert_eq!(answer(&Refusal::Silent), (503, None));
    }
}
