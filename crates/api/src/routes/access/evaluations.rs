//! `access_evaluations`: many decisions, in order, and as far as it was asked (AuthZEN 1.0 §7).

use axum::extract::State;
use chancery_authz::authzen::Evaluations;
use serde_json::{Value, json};

use crate::Api;
use crate::extract::{Asking, Names, Pinned, Related};
use crate::related::{Answered, grounded, ok};
use crate::views::relations::decision;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Pinned(terms): Pinned,
    Related(questions): Related<Evaluations>,
) -> Answered {
    let answers = api.authz.evaluate_all(&asker, &store, questions, terms).await?;
    let body = if answers.single {
        answers.all.first().map(decision).unwrap_or_default()
    } else {
        json!({ "evaluations": answers.all.iter().map(decision).collect::<Vec<Value>>() })
    };
    Ok(grounded(ok(&body), &answers.ground))
}
