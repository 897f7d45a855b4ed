//! JSON bodies: bounded, typed, and with a refusal that says where it went wrong.

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use chancery_kernel::{Fault, Kind};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::Problem;

/// Longest body that is read.
pub const MOST_BYTES: usize = 256 * 1024;

/// The body, read as JSON. Types for it deny unknown fields, so a misspelt member is refused by name.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::wrong_content_type());
        }
        // A declared length is believed when it refuses: nothing of the body need come.
        if declared(request.headers()).is_some_and(|length| length > MOST_BYTES as u64) {
            return Err(too_large().into());
        }
        let bytes = whole(request.into_body(), MOST_BYTES).await.map_err(|unread| match unread {
            Unread::TooLong => too_large(),
            Unread::Cut(error) => cut("incomplete_body", error),
        })?;
        parse(&bytes).map(Self)
    }
}

/// Why a body was not read to its end.
pub(super) enum Unread {
    TooLong,
    /// The client went away, or took longer than it had.
    Cut(axum::Error),
}

/// A body in one piece, of so many bytes at most. Short ones come in one piece already, which is not copied.
pub(super) async fn whole(mut body: axum::body::Body, most: usize) -> Result<Bytes, Unread> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers say nothing here.
        let Ok(data) = frame.map_err(Unread::Cut)?.into_data() else { continue };
        if data.len() > most - read.len() {
            return Err(Unread::TooLong);
        }
        if read.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        read.extend_from_slice(&data);
    }
    Ok(read.into())
}

/// A request of which only the beginning came: nothing was done.
pub(super) fn cut(code: &'static str, error: axum::Error) -> Fault {
    let text = format!("the body did not arrive whole, and nothing was done: send it again ({error})");
    Fault::invalid(code, text).because(error)
}

fn too_large() -> Fault {
    Fault::new(Kind::TooLarge, "body_too_large", format!("the body is longer than {} KiB", MOST_BYTES / 1024))
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json`, or a structured type that ends in `+json` (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    kind.eq_ignore_ascii_case("application")
        && (subtype.eq_ignore_ascii_case("json") || subtype.to_ascii_lowercase().ends_with("+json"))
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let detail = format!("the body is not UTF-8: byte {} is out of place", error.valid_up_to());
        return Err(Problem::invalid("invalid_json", detail));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        // Both say line and column; a data error names the member too.
        let code = if error.is_data() { "invalid_body" } else { "invalid_json" };
        Problem::invalid(code, format!("the body cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading is tested")]
        name: String,
    }

    fn refusal(bytes: &[u8]) -> (u16, &'static str, String) {
        let problem = parse::<Sample>(bytes).unwrap_err();
        (problem.status().as_u16(), problem.fault().code, problem.fault().public.to_string())
    }

    async fn read(pieces: &[&'static str], most: usize) -> Result<Bytes, Unread> {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes())))
            .collect();
        whole(axum::body::Body::from_stream(futures_util::stream::iter(pieces)), most).await
    }

    #[tokio::test]
    async fn a_body_is_put_together_and_bounded_however_it_comes() {
        for pieces in [&[][..], &["", "abcd"], &["ab", "", "cd"], &["a", "b", "c", "d"]] {
            let all = pieces.concat();
            assert_eq!(read(pieces, 4).await.ok().as_deref(), Some(all.as_bytes()));
            if !all.is_empty() {
                assert!(matches!(read(pieces, 3).await, Err(Unread::TooLong)), "{pieces:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_comes_in_one_piece_is_not_copied() {
        let sent = Bytes::from(b"abcd".to_vec());
        let body = whole(sent.clone().into(), 4).await.ok().unwrap();
        assert_eq!(body.as_ptr(), sent.as_ptr());
        assert!(matches!(whole(sent.into(), 3).await, Err(Unread::TooLong)));
    }

    #[test]
    fn a_refusal_names_the_member_or_the_place() {
        let (status, code, detail) = refusal(b"{\"name\":\"a\",\n \"nmae\":1}");
        assert_eq!((status, code), (400, "invalid_body"));
        assert!(detail.contains("`nmae`") && detail.contains("line 2"), "{detail}");
        let (_, code, detail) = refusal(b"{\"name\":");
        assert_eq!(code, "invalid_json");
        assert!(detail.contains("column 8"), "{detail}");
        let (_, code, detail) = refusal(b"{\"name\":\"\xff\"}");
        assert_eq!(code, "invalid_json");
        assert!(detail.contains("byte 9"), "{detail}");
        assert!(refusal(b"{}").2.contains("`name`"));
        assert!(refusal(b"{\"name\":\"a\",\"name\":\"b\"}").2.contains("duplicate"));
        assert_eq!(refusal("[".repeat(100_000).as_bytes()).0, 400, "deep nesting ends, it does not crash");
    }

    #[test]
    fn only_json_is_json() {
        for (text, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/json", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]);
            assert_eq!(is_json(&headers), json, "{text}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
