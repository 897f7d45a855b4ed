//! `store_delete`: a store with all it has; one that is not there is as good as deleted.

use axum::extract::State;

use crate::Api;
use crate::extract::{Asking, Names};
use crate::related::{Answered, nothing, of_store};

pub async fn handle(State(api): State<Api>, Asking(asker): Asking, Names([store]): Names<1>) -> Answered {
    api.authz.delete_store(&asker, &store).await?;
    Ok(of_store(nothing(), &store))
}
