//! `relation_follow`: what a subject may see, as lines of JSON: all of it, then what comes and goes with each write. The
//! server closes it after a while; who then begins `from` the last version and nothing was written misses nothing, and
//! everybody else gets all of it again.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use chancery_authz::retrieve::{Line, Seen, Visible, Wanted};
use futures_util::stream;
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::extract::{Asking, Lasting, Names, Related};
use crate::related::{Answered, failed_line, text};
use crate::{Api, Problem};

/// For so long a stream lives.
const LIFE: Duration = Duration::from_secs(300);

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    caller: Lasting,
    Related(wanted): Related<Wanted>,
) -> Answered {
    let visible = api.authz.follow(&asker, &store, wanted).await?;
    let until = Instant::now() + LIFE;
    let lines = stream::unfold(Some((visible, caller)), move |state| async move {
        let (mut visible, caller) = state?;
        if Instant::now() >= until {
            return None;
        }
        match another(&mut visible, &caller).await {
            Ok(lines) => Some((Ok::<_, std::convert::Infallible>(lines), Some((visible, caller)))),
            Err(problem) => Some((Ok(failed_line(&problem)), None)),
        }
    });
    let mut response = text(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn another(visible: &mut Visible, caller: &Lasting) -> Result<Bytes, Problem> {
    let lines = visible.next().await?;
    // What the caller may not hear any more, it does not hear.
    caller.check()?;
    Ok(lines.iter().map(|line| format!("{}\n", shown(line))).collect::<String>().into())
}

fn shown(line: &Line) -> Value {
    match line {
        Line::Reset => json!({ "reset": true }),
        Line::Insert(object, Seen::Surely) => json!({ "insert": object }),
        Line::Insert(object, Seen::If(condition)) => json!({ "insert": object, "if": condition }),
        Line::Delete(object) => json!({ "delete": object }),
        Line::Version(version) => json!({ "version": version }),
    }
}
