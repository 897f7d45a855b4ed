//! `relation_top`: the best so many that everybody may see. One connection, a line of JSON at a time in both directions:
//! the first says who and how many, each later one holds candidates; each answer says how many to send next.

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use chancery_authz::retrieve::{Filter, Round, Top};
use chancery_kernel::Fault;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::extract::{Asking, AtLeast, Lasting, Names};
use crate::related::{Answered, failed_line, text};
use crate::views::relations::undecided;
use crate::{Api, Problem};

/// Longest line: ten thousand candidates of sixty characters.
const LONGEST: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    objects: Vec<String>,
}

/// Lines as they come, in whatever pieces.
struct Lines {
    body: BodyDataStream,
    held: Vec<u8>,
    ended: bool,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    caller: Lasting,
    request: Request,
) -> Answered {
    let mut lines = Lines { body: request.into_body().into_data_stream(), held: Vec::new(), ended: false };
    let first = lines.next().await?.ok_or_else(|| bad("the first line says who, what and how many"))?;
    let filter: Filter = serde_json::from_slice(&first).map_err(|e| bad(&e.to_string()))?;
    let mut top = api.authz.top(&asker, &store, filter, at_least).await?;
    // Candidates may come with the first line.
    let began = round(&mut top, Vec::new()).await?;
    let answers = stream::unfold(Some((top, lines, caller, Some(began))), |state| async move {
        let (mut top, mut lines, caller, ready) = state?;
        let round = match ready {
            Some(round) => Ok(Some(round)),
            None => another(&mut top, &mut lines, &caller).await,
        };
        match round {
            Ok(None) => None,
            Ok(Some(round)) => {
                let over = round.next == 0 || !round.complete;
                let line = shown(&round);
                Some((Ok::<_, std::convert::Infallible>(line), (!over).then_some((top, lines, caller, None))))
            }
            Err(problem) => Some((Ok(failed_line(&problem)), None)),
        }
    });
    let mut response = text(Body::from_stream(answers));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn round(top: &mut Top, objects: Vec<String>) -> Result<Round, Problem> {
    Ok(top.page(objects).await?)
}

async fn another(top: &mut Top, lines: &mut Lines, caller: &Lasting) -> Result<Option<Round>, Problem> {
    let Some(line) = lines.next().await? else { return Ok(None) };
    caller.check()?;
    let page: Page = serde_json::from_slice(&line).map_err(|e| bad(&e.to_string()))?;
    round(top, page.objects).await.map(Some)
}

fn shown(round: &Round) -> Bytes {
    line(&json!({
        "objects": round.objects, "have": round.have, "examined": round.examined, "next": round.next,
        "complete": round.complete, "version": round.ground.version,
        "undecided": undecided(&round.undecided),
    }))
}

fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}

fn bad(why: &str) -> Problem {
    Fault::invalid("validation_error", format!("a line cannot be read: {why}")).into()
}

impl Lines {
    /// The next line that is not empty.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let rest = self.held.split_off(end + 1);
                let line = std::mem::replace(&mut self.held, rest);
                if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                    return Ok(Some(line));
                }
                continue;
            }
            if self.ended {
                let line = std::mem::take(&mut self.held);
                return Ok(line.iter().any(|byte| !byte.is_ascii_whitespace()).then_some(line));
            }
            if self.held.len() > LONGEST {
                return Err(bad("it is longer than a mebibyte"));
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.held.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(bad(&error.to_string())),
                None => self.ended = true,
            }
        }
    }
}
