//! `assertion_read`: what a model is expected to answer.

use axum::extract::State;

use crate::Api;
use crate::extract::{Asking, Names};
use crate::related::{Answered, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store, model]): Names<2>,
) -> Answered {
    Ok(ok(&api.authz.read_assertions(&asker, &store, &model).await?))
}
