//! `relation_list_objects`: what a user has a relation to. `complete` says whether that is all.

use axum::extract::State;
use chancery_authz::ask::MOST_LISTED;
use chancery_authz::wire::{ListObjects, put_name};

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, text};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let bounds = (at_least, MOST_LISTED);
    let listed = api.authz.list_objects_with(&asker, &store, asked, bounds, add).await?;
    let complete = if listed.complete { "true" } else { "false" };
    let body =
        [br#"{"objects":["#, &*listed.objects, br#"],"complete":"#, complete.as_bytes(), b"}"].concat();
    Ok(grounded(text(body), &listed.ground))
}

/// Names are written as they are found.
fn add(all: &mut Vec<u8>, type_name: &str, id: &str) {
    if !all.is_empty() {
        all.push(b',');
    }
    put_name(all, type_name, id);
}
