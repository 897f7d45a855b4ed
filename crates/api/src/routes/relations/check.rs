//! `relation_check`: whether a user has a relation to an object.

use axum::extract::State;
use chancery_authz::wire::Check;
use serde_json::json;

use crate::Api;
use crate::extract::{Asked, Asking, AtLeast, Names};
use crate::related::{Answered, grounded, ok, text};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Asked(asked): Asked<Check>,
) -> Answered {
    let checked = api.authz.check(&asker, &store, asked, at_least).await?;
    let response = match (checked.allowed, checked.resolution.is_empty()) {
        (true, true) => text(r#"{"allowed":true,"resolution":""}"#),
        (false, true) => text(r#"{"allowed":false,"resolution":""}"#),
        (allowed, false) => ok(&json!({ "allowed": allowed, "resolution": checked.resolution })),
    };
    Ok(grounded(response, &checked.ground))
}
