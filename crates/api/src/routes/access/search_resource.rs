//! `access_search_resource`: with what a subject can do something (AuthZEN 1.0 §8.5).

use axum::extract::State;
use chancery_authz::authzen::{Kind, Search};

use crate::Api;
use crate::extract::{Asking, Names, Pinned, Related};
use crate::related::{Answered, grounded, ok};
use crate::views::relations::found;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Pinned(terms): Pinned,
    Related(search): Related<Search>,
) -> Answered {
    let results = api.authz.search(&asker, &store, Kind::Resource, search, terms).await?;
    Ok(grounded(ok(&found(&results)), &results.ground))
}
