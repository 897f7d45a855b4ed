//! `relation_list_set`: what a user can reach, as a roaring bitmap over the numbers that the caller registered; or only how
//! many, and which share, to choose between filtering before and after a search.

use axum::extract::State;
use chancery_authz::retrieve::SetWanted;
use http::{HeaderName, HeaderValue, header};
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok, text};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(wanted): Related<SetWanted>,
) -> Answered {
    let estimate = wanted.estimate;
    let set = api.authz.list_set(&asker, &store, wanted, at_least).await?;
    if estimate {
        let share = if set.of == 0 { 0.0 } else { set.count as f64 / set.of as f64 };
        let body = json!({
            "count": set.count, "unnumbered": set.unnumbered, "of": set.of, "share": share,
            "ids": set.ids.as_str(), "ids_revision": set.revision, "complete": set.complete,
            "version": set.ground.version,
        });
        return Ok(grounded(ok(&body), &set.ground));
    }
    let mut response = grounded(text(set.bitmap), &set.ground);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.roaring"));
    headers.insert(HeaderName::from_static("chancery-count"), HeaderValue::from(set.count));
    headers.insert(HeaderName::from_static("chancery-unnumbered"), HeaderValue::from(set.unnumbered));
    headers.insert(HeaderName::from_static("chancery-of"), HeaderValue::from(set.of));
    headers.insert(HeaderName::from_static("chancery-ids"), HeaderValue::from_static(set.ids.as_str()));
    headers.insert(HeaderName::from_static("chancery-ids-revision"), HeaderValue::from(set.revision));
    let complete = HeaderValue::from_static(if set.complete { "true" } else { "false" });
    headers.insert(HeaderName::from_static("chancery-complete"), complete);
    Ok(response)
}
