//! `assertion_read`: what a model is expected to answer.

use axum::extract::State;

use crate::Api;
use crate::extract::{Asking, Names};
use crate::related::{Answered, of_model, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store, model]): Names<2>,
) -> Answered {
    Ok(of_model(ok(&api.authz.read_assertions(&asker, &store, &model).await?), (&store, &model)))
}
