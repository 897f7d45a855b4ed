//! `relation_write`: tuples, all of a request or none; deletes before writes.

use axum::extract::State;
use chancery_authz::ask::Ground;
use chancery_authz::wire::Write;

use crate::Api;
use crate::extract::{Asked, Asking, Names};
use crate::related::{Answered, grounded, text};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Asked(asked): Asked<Write>,
) -> Answered {
    let written = api.authz.write_tuples(&asker, &store, asked).await?;
    let ground = Ground { store: written.here.store.id, model: written.model.id, version: written.version };
    Ok(grounded(text("{}"), &ground))
}
