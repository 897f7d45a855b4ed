//! `If-Match` (RFC 9110 §13.1.1): a change names the version it changes, so that nobody overwrites what they have
//! not seen.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use chancery_kernel::{Fault, Kind};
use http::request::Parts;
use http::{HeaderMap, header};

use crate::Problem;

/// The version the caller read. Demanded where it stands as itself, asked for where it stands in an `Option`.
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.headers)?.map(Self).ok_or_else(Problem::version_missing)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Ok(read(&parts.headers)?.map(Self))
    }
}

fn read(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    // A weak tag never matches strongly (RFC 9110 §8.8.3.2), and no version of ours has one.
    if text.starts_with("W/") {
        return Err(Fault::new(
            Kind::Stale,
            "stale",
            "a weak tag names no version: send the `ETag` as you got it",
        )
        .into());
    }
    let digits = text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
    let plain = digits.filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    match (plain.and_then(|d| d.parse().ok()), values.next()) {
        (Some(version), None) => Ok(Some(version)),
        _ => Err(Problem::invalid("bad_version", "`If-Match` names one version, such as `\"v3\"`")),
    }
}

/// The tag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_strong_tag_of_ours() {
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]);
            read(&headers).map_err(|p| p.status().as_u16())
        };
        assert_eq!(read(&etag(3)), Ok(Some(3)));
        assert_eq!(read("W/\"v3\""), Err(412));
        for bad in ["*", "\"3\"", "\"v3\", \"v4\"", "\"v-3\"", "v3", "\"v+3\"", "\"v\""] {
            assert_eq!(read(bad), Err(400), "{bad}");
        }
    }
}
