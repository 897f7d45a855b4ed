//! `assertion_write`: what a model is expected to answer.

use axum::extract::State;
use chancery_authz::wire::Assertions;

use crate::Api;
use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, nothing, of_model};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store, model]): Names<2>,
    Related(asked): Related<Assertions>,
) -> Answered {
    api.authz.write_assertions(&asker, &store, &model, asked).await?;
    Ok(of_model(nothing(), (&store, &model)))
}
