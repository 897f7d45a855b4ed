//! `relation_explain`: why a check comes out as it does, step by step.

use axum::extract::State;
use chancery_authz::wire::Check;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok};
use crate::views::relations::step;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<Check>,
) -> Answered {
    let told = api.authz.explain(&asker, &store, asked, at_least).await?;
    let error = told.fault.as_ref().map(|why| json!({ "code": why.code, "message": why.public }));
    let steps: Vec<_> = told.steps.iter().map(step).collect();
    let body = json!({
        "allowed": told.allowed, "error": error, "steps": steps, "complete": told.complete,
        "version": told.ground.version,
    });
    Ok(grounded(ok(&body), &told.ground))
}
