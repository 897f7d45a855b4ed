//! Query strings, typed. What a list takes anyway, `limit` and `after`, is [`crate::extract::Paging`]'s.

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The query, read into a type that denies unknown fields.
pub struct Query<T>(pub T);

/// Of a list that has no filters: a name that is meant as one is refused, and never passed over.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfiltered {}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let rest = without(query, &["limit", "after"]);
    let uri = Uri::builder().path_and_query(format!("/?{rest}")).build();
    let bad = |why: String| Problem::invalid("invalid_query", format!("the query cannot be read: {why}"));
    let uri = uri.map_err(|e| bad(e.to_string()))?;
    let read = axum::extract::Query::<T>::try_from_uri(&uri);
    read.map(|q| q.0).map_err(|e| {
        let source = std::error::Error::source(&e).map(ToString::to_string);
        bad(source.unwrap_or_else(|| e.to_string()))
    })
}

/// The query without these names.
pub(super) fn without(query: &str, names: &[&str]) -> String {
    let kept = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !names.contains(&name)
    });
    kept.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        kind: Option<String>,
    }

    #[test]
    fn reads_its_own_names_and_refuses_strange_ones_by_name() {
        let read = |query| parse::<Sample>(query).map(|s| s.kind);
        assert_eq!(read("limit=5&kind=a%20b&after=x").unwrap(), Some("a b".to_owned()));
        assert_eq!(read("").unwrap(), None);
        let problem = read("knid=x").unwrap_err();
        assert_eq!(problem.status().as_u16(), 400);
        assert!(problem.fault().public.contains("`knid`"), "{}", problem.fault().public);
    }
}
