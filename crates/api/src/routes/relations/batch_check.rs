//! `relation_batch_check`: many checks, each with an answer or an error of its own.

use axum::extract::State;
use chancery_authz::wire::BatchCheck;
use chancery_kernel::{Fault, Kind};
use serde_json::{Map, Value, json};

use crate::Api;
use crate::extract::{Asked, Asking, AtLeast, Names};
use crate::related::{Answered, grounded, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Asked(asked): Asked<BatchCheck>,
) -> Answered {
    let verdicts = api.authz.batch_check(&asker, &store, asked, at_least).await?;
    let result: Map<String, Value> = verdicts
        .all
        .iter()
        .map(|(id, answer)| {
            let shown = match answer {
                Ok(allowed) => json!({ "allowed": allowed }),
                Err(fault) => json!({ "error": of_item(fault) }),
            };
            (id.clone(), shown)
        })
        .collect();
    Ok(grounded(ok(&json!({ "result": result })), &verdicts.ground))
}

fn of_item(fault: &Fault) -> Value {
    let kind = if fault.kind == Kind::Internal { "internal_error" } else { "input_error" };
    json!({ kind: fault.code, "message": fault.public })
}
