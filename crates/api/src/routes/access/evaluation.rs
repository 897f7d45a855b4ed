//! `access_evaluation`: one decision (AuthZEN 1.0 §6).

use axum::extract::State;
use chancery_authz::authzen::Evaluation;

use crate::Api;
use crate::extract::{Asking, Names, Pinned, Related};
use crate::related::{Answered, grounded, ok};
use crate::views::relations::decision;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Pinned(terms): Pinned,
    Related(question): Related<Evaluation>,
) -> Answered {
    let answers = api.authz.evaluate(&asker, &store, question, terms).await?;
    let body = answers.all.first().map(decision).unwrap_or_default();
    Ok(grounded(ok(&body), &answers.ground))
}
