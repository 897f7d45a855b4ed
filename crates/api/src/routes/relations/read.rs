//! `relation_read`: tuples as they were written, a page at a time.

use axum::extract::State;
use chancery_authz::read::Page;
use chancery_authz::wire::Read;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, ok, versioned};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<Read>,
) -> Answered {
    let exactness = asked.consistency.with(at_least);
    let page = api.authz.read_tuples(&asker, &store, asked, exactness).await?;
    let tuples: Vec<_> = page
        .tuples
        .iter()
        .map(|stored| json!({ "key": stored.tuple.to_json(), "timestamp": Page::timestamp(stored) }))
        .collect();
    let body = json!({ "tuples": tuples, "continuation_token": page.continuation_token });
    Ok(versioned(ok(&body), &page.here.id(), page.version))
}
