//! `relation_streamed_list_objects`: the same without a bound, one object to a line. A list that could not be finished
//! ends with a line that says so, and so does one whose reader does not read.

use axum::extract::State;
use chancery_authz::ask::{Long, Text};
use chancery_authz::wire::{Form, ListObjects};
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::lines::{self, End, Lines};
use crate::related::{Answered, grounded};

/// A line.
const FORM: Form = Form { before: r#"{"result":{"object":"#, after: "}}\n", between: "" };

/// Bytes of a portion of what is long.
const PORTION: usize = 16 * 1024;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let listed = api.authz.stream_objects(&asker, &store, asked, at_least, FORM).await?;
    let last = if listed.complete { Vec::new() } else { cut() };
    let response = match listed.text {
        Text::Whole(mut text) => {
            text.extend_from_slice(&last);
            lines::whole(text)
        }
        Text::Long(long) => lines::answer(|mut lines| async move {
            let end = tell(long, last, &mut lines).await.err().unwrap_or(End::Quiet);
            (lines, end)
        }),
    };
    Ok(grounded(response, &listed.ground))
}

fn cut() -> Vec<u8> {
    let text = "the list took longer than it was given: it is not complete";
    let last = json!({ "error": { "code": 4004, "message": text } }).to_string();
    [last.as_bytes(), b"\n"].concat()
}

async fn tell(mut long: Long, last: Vec<u8>, lines: &mut Lines) -> Result<(), End> {
    // Who is cut off between two portions has whole lines.
    while let Some(portion) = long.portion(PORTION) {
        lines.hand_over(portion.into()).await?;
    }
    if !last.is_empty() {
        lines.hand_over(last.into()).await?;
    }
    Ok(())
}
