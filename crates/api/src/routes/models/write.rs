//! `model_write`: another authorization model, the newest from the answer on.

use axum::extract::State;
use chancery_kernel::{Id, ulid};
use serde_json::{Value, json};

use crate::Api;
use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, created, of_store};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Related(model): Related<Value>,
) -> Answered {
    let id = api.authz.write_model(&asker, &store, model).await?;
    let body = json!({ "authorization_model_id": ulid::encode(id.uuid()) });
    Ok(of_store(created(&body), &store))
}
