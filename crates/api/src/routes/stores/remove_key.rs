//! `store_remove_key`: from the answer on, the key opens nothing.

use axum::extract::State;

use crate::Api;
use crate::extract::{Asking, Names};
use crate::related::{Answered, nothing};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store, key]): Names<2>,
) -> Answered {
    api.authz.remove_key(&asker, &store, &key).await?;
    Ok(nothing())
}
