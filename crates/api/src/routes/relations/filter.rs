//! `relation_filter`: which of many candidates everybody who takes part may see.

use axum::extract::State;
use chancery_authz::retrieve::Filter;
use chancery_kernel::Fault;
use serde::Serialize;
use serde_json::Value;

use crate::Api;
use crate::extract::{Asked, Asking, AtLeast, MOST_CANDIDATES, Names};
use crate::related::{Answered, grounded, text};
use crate::views::relations::undecided;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Asked(asked): Asked<Filter, MOST_CANDIDATES>,
) -> Answered {
    let filtered = api.authz.filter(&asker, &store, asked, at_least).await?;
    let body = Shown {
        objects: &filtered.objects,
        examined: filtered.examined,
        exhausted: filtered.exhausted,
        complete: filtered.complete,
        version: filtered.ground.version,
        undecided: undecided(&filtered.undecided),
    };
    let body =
        serde_json::to_vec(&body).map_err(|e| Fault::internal("an answer was not written").because(e))?;
    Ok(grounded(text(body), &filtered.ground))
}

/// Written as it stands: there may be ten thousand of them.
#[derive(Serialize)]
struct Shown<'a> {
    objects: &'a [String],
    examined: usize,
    exhausted: bool,
    complete: bool,
    version: u64,
    undecided: Value,
}
