//! `relation_streamed_list_objects`: the same without a bound, one object to a line. A list that could not be finished
//! ends with a line that says so.

use axum::body::{Body, Bytes};
use axum::extract::State;
use chancery_authz::wire::ListObjects;
use futures_util::stream;
use http::{HeaderValue, header};
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, text};

/// Objects handed to the connection at a time, so that a slow reader holds little beside the names.
const PORTION: usize = 256;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let listed = api.authz.list_objects(&asker, &store, asked, (at_least, None)).await?;
    let (objects, complete) = (listed.objects, listed.complete);
    let lines = stream::unfold((objects.into_iter(), complete), |(mut objects, complete)| async move {
        let mut portion = Vec::with_capacity(PORTION * 64);
        for object in objects.by_ref().take(PORTION) {
            portion.extend_from_slice(br#"{"result":{"object":"#);
            // A text can always be written into memory.
            let _ = serde_json::to_writer(&mut portion, &object);
            portion.extend_from_slice(b"}}\n");
        }
        if objects.len() == 0 && !complete {
            let text = "the list took longer than it was given: it is not complete";
            let line = json!({ "error": { "code": 4004, "message": text } });
            portion.extend_from_slice(format!("{line}\n").as_bytes());
            return Some((Ok::<_, std::convert::Infallible>(Bytes::from(portion)), (objects, true)));
        }
        (!portion.is_empty()).then(|| (Ok(Bytes::from(portion)), (objects, complete)))
    });
    let mut response = grounded(text(Body::from_stream(lines)), &listed.ground);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}
