//! `relation_streamed_list_objects`: the same without a bound, one object to a line. A list that could not be finished
//! ends with a line that says so, and so does one whose reader does not read.

use axum::extract::State;
use chancery_authz::ask::Objects;
use chancery_authz::wire::ListObjects;
use serde_json::{Value, json};

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::lines::{self, End, Lines};
use crate::related::{Answered, grounded};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let listed = api.authz.list_objects(&asker, &store, asked, (at_least, None)).await?;
    let ground = listed.ground.clone();
    let response = lines::answer(|mut lines| async move {
        let end = tell(listed, &mut lines).await.err().unwrap_or(End::Quiet);
        (lines, end)
    });
    Ok(grounded(response, &ground))
}

async fn tell(listed: Objects, lines: &mut Lines) -> Result<(), End> {
    for object in listed.objects {
        lines.add(&[r#"{"result":{"object":"#, &Value::String(object).to_string(), "}}"].concat()).await?;
    }
    if !listed.complete {
        let text = "the list took longer than it was given: it is not complete";
        lines.add(&json!({ "error": { "code": 4004, "message": text } }).to_string()).await?;
    }
    lines.flush().await
}
