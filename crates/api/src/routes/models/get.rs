//! `model_get`: one model.

use axum::extract::State;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, Names};
use crate::related::{Answered, of_store, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store, model]): Names<2>,
) -> Answered {
    let model = api.authz.get_model(&asker, &store, &model).await?;
    Ok(of_store(ok(&json!({ "authorization_model": model })), &store))
}
