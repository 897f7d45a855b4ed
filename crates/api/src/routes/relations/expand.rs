//! `relation_expand`: one level of a relation's rewrite.

use axum::extract::State;
use chancery_authz::wire::Expand;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<Expand>,
) -> Answered {
    let (ground, tree) = api.authz.expand(&asker, &store, asked, at_least).await?;
    Ok(grounded(ok(&json!({ "tree": tree })), &ground))
}
