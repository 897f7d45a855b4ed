//! `relation_list_objects`: what a user has a relation to. `complete` says whether that is all.

use axum::extract::State;
use chancery_authz::ask::MOST_LISTED;
use chancery_authz::wire::ListObjects;
use serde_json::json;

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let listed = api.authz.list_objects(&asker, &store, asked, (at_least, Some(MOST_LISTED))).await?;
    let body = json!({ "objects": listed.objects, "complete": listed.complete });
    Ok(grounded(ok(&body), &listed.ground))
}
