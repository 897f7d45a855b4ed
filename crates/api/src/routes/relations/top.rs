//! `relation_top`: the best so many that everybody may see. One connection, a line of JSON at a time in both directions:
//! the first says who and how many, each later one holds candidates; each answer says how many to send next.

use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use chancery_authz::retrieve::{Filter, Round, Top};
use chancery_kernel::{Fault, Kind};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;

use crate::extract::{Asking, AtLeast, Lasting, MOST_CANDIDATES, Names};
use crate::lines::{self, End};
use crate::related::Answered;
use crate::views::relations::undecided;
use crate::{Api, LongWait, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    objects: Vec<String>,
}

/// Lines as they come, in whatever pieces.
struct Lines {
    body: BodyDataStream,
    held: Vec<u8>,
    /// So much of it is known to hold no end of a line.
    looked: usize,
    ended: bool,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    caller: Lasting,
    long: LongWait,
    request: Request,
) -> Answered {
    let body = request.into_body().into_data_stream();
    let mut lines = Lines { body, held: Vec::new(), looked: 0, ended: false };
    let first = lines.next().await?.ok_or_else(|| bad("the first line says who, what and how many"))?;
    long.converse();
    let filter: Filter = serde_json::from_slice(&first).map_err(|e| bad(&e.to_string()))?;
    let mut top = api.authz.top(&asker, &store, filter, at_least).await?;
    // Candidates may come with the first line.
    let began = round(&mut top, Vec::new()).await?;
    Ok(lines::answer(|mut out| async move {
        let end = tell(began, top, lines, caller, &mut out).await.err().unwrap_or(End::Quiet);
        (out, end)
    }))
}

async fn tell(
    began: Round,
    mut top: Top,
    mut lines: Lines,
    caller: Lasting,
    out: &mut lines::Lines,
) -> Result<(), End> {
    let mut ready = Some(began);
    while let Some(round) = ready {
        out.add(&shown(&round)).await?;
        out.flush().await?;
        if round.next == 0 || !round.complete {
            break;
        }
        if out.is_old() {
            let text = "a search goes on for five minutes at most: begin another";
            return Err(Fault::new(Kind::Unavailable, "deadline_exceeded", text).into());
        }
        let next = out.unless_left(another(&mut top, &mut lines, &caller));
        ready = match tokio::time::timeout(lines::PATIENCE, next).await {
            Ok(next) => next??,
            Err(_) => return Err(bad("none came for half a minute: begin again").into()),
        };
    }
    Ok(())
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

fn shown(round: &Round) -> String {
    json!({
        "objects": round.objects, "have": round.have, "examined": round.examined, "next": round.next,
        "complete": round.complete, "version": round.ground.version,
        "undecided": undecided(&round.undecided),
    })
    .to_string()
}

fn bad(why: &str) -> Problem {
    Fault::invalid("validation_error", format!("a line cannot be read: {why}")).into()
}

impl Lines {
    /// The next line that is not empty.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        loop {
            let new = self.held.get(self.looked..).unwrap_or_default();
            if let Some(end) = new.iter().position(|byte| *byte == b'\n') {
                let rest = self.held.split_off(self.looked + end + 1);
                self.looked = 0;
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
            self.looked = self.held.len();
            if self.held.len() > MOST_CANDIDATES {
                return Err(bad("it is longer than four mebibytes"));
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.held.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(bad(&error.to_string())),
                None => self.ended = true,
            }
        }
    }
}
