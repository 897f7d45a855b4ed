//! `relation_streamed_list_objects`: the same without a bound, one object to a line. A list that could not be finished
//! ends with a line that says so, and so does one whose reader does not read.

use axum::body::Bytes;
use axum::extract::State;
use chancery_authz::wire::{ListObjects, put_name};
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::lines::{self, End, Lines};
use crate::related::{Answered, grounded};

/// What is no longer is handed over whole: it is less than a stream may have under way.
const WHOLE: usize = 512 * 1024;
/// Bytes of a portion of what is longer.
const PORTION: usize = 16 * 1024;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let listed = api.authz.list_objects_with(&asker, &store, asked, (at_least, None), add).await?;
    let mut body = listed.objects;
    if !listed.complete {
        let text = "the list took longer than it was given: it is not complete";
        let last = json!({ "error": { "code": 4004, "message": text } }).to_string();
        body.extend_from_slice(&[last.as_bytes(), b"\n"].concat());
    }
    let response = match body.len() {
        ..WHOLE => lines::whole(body),
        _ => lines::answer(|mut lines| async move {
            let end = tell(body.into(), &mut lines).await.err().unwrap_or(End::Quiet);
            (lines, end)
        }),
    };
    Ok(grounded(response, &listed.ground))
}

/// Lines are written as objects are found.
fn add(all: &mut Vec<u8>, type_name: &str, id: &str) {
    all.extend_from_slice(br#"{"result":{"object":"#);
    put_name(all, type_name, id);
    all.extend_from_slice(b"}}\n");
}

async fn tell(mut body: Bytes, lines: &mut Lines) -> Result<(), End> {
    while !body.is_empty() {
        // Who is cut off between two portions has whole lines.
        let about = body.get(PORTION..).unwrap_or_default();
        let end = about.iter().position(|byte| *byte == b'\n').map_or(body.len(), |at| PORTION + at + 1);
        lines.hand_over(body.split_to(end)).await?;
    }
    Ok(())
}
