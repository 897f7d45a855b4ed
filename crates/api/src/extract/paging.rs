//! Pages of lists: `?limit=&after=`, `next` in the body, and the same as a `Link` header (RFC 8288).

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chancery_kernel::{Page, PageRequest};
use http::request::Parts;
use http::{HeaderValue, header};
use serde::Serialize;

use crate::Problem;
use crate::extract::query::without;

/// What the caller asks of a list, and where it stands.
pub struct Paging {
    pub request: PageRequest,
    /// Path and query, without the cursor.
    here: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts.uri.path(), parts.uri.query().unwrap_or_default())
    }
}

impl Paging {
    fn read(path: &str, query: &str) -> Result<Self, Problem> {
        let value = |name: &str| {
            let mut found =
                query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(n, _)| *n == name);
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => Err(Problem::invalid("invalid_query", format!("send `{name}` once"))),
                (first, _) => Ok(first.map(|(_, value)| value)),
            }
        };
        let most = PageRequest::MOST;
        let limit = value("limit")?.map(|text| {
            let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
            limit
                .ok_or_else(|| Problem::invalid("bad_limit", format!("`limit` is a number from 1 to {most}")))
        });
        let after = value("after")?.map(|text| {
            // Cursors of ours are letters, digits and underscores; nothing else is looked up.
            let fine = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if fine { Ok(text.to_owned()) } else { Err(Self::bad_cursor()) }
        });
        let request = PageRequest::new(after.transpose()?, limit.transpose()?);
        let rest = without(query, &["after"]);
        let here = if rest.is_empty() { format!("{path}?") } else { format!("{path}?{rest}&") };
        Ok(Self { request, here })
    }

    /// The cursor is none that a list gave out.
    pub fn bad_cursor() -> Problem {
        Problem::invalid(
            "bad_cursor",
            "`after` is no cursor of this list: take it from `next` of the page before",
        )
    }

    /// The page, with the address of the one after it.
    pub fn answer<T: Serialize>(&self, page: &Page<T>) -> Response {
        let mut response = axum::Json(page).into_response();
        let link = page.next.as_ref().map(|next| format!("<{}after={}>; rel=\"next\"", self.here, next.0));
        if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Cursor;

    #[test]
    fn reads_limit_and_cursor_and_refuses_the_rest() {
        let paging = Paging::read("/api/v1/agents", "limit=7&after=agt_01&name=x").unwrap();
        assert_eq!((paging.request.limit, paging.request.after), (7, Some(Cursor("agt_01".into()))));
        assert_eq!(Paging::read("/", "").unwrap().request.limit, PageRequest::DEFAULT);
        for bad in [
            "limit=0",
            "limit=501",
            "limit=x",
            "limit=",
            "after=",
            "after=%00",
            "limit=1&limit=1",
            "after=a&after=b",
        ] {
            assert_eq!(Paging::read("/", bad).err().unwrap().status().as_u16(), 400, "{bad}");
        }
    }

    #[test]
    fn the_link_keeps_the_filter_and_moves_the_cursor() {
        let paging = Paging::read("/api/v1/events", "after=9&limit=2&kind=a").unwrap();
        let response = paging.answer(&Page { items: vec![1, 2], next: Some(Cursor("7".into())) });
        let link = response.headers().get(header::LINK).unwrap();
        assert_eq!(link, "</api/v1/events?limit=2&kind=a&after=7>; rel=\"next\"");
        let last = paging.answer(&Page { items: vec![1], next: None });
        assert!(last.headers().get(header::LINK).is_none());
    }
}
