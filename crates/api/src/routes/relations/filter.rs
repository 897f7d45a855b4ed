//! `relation_filter`: which of many candidates everybody who takes part may see.

use axum::extract::State;
use chancery_authz::retrieve::Filter;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok};
use crate::views::relations::undecided;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<Filter>,
) -> Answered {
    let filtered = api.authz.filter(&asker, &store, asked, at_least).await?;
    let body = json!({
        "objects": filtered.objects, "examined": filtered.examined, "exhausted": filtered.exhausted,
        "complete": filtered.complete, "version": filtered.ground.version,
        "undecided": undecided(&filtered.undecided),
    });
    Ok(grounded(ok(&body), &filtered.ground))
}
