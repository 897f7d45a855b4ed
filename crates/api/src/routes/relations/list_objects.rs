//! `relation_list_objects`: what a user has a relation to. `complete` says whether that is all.

use axum::extract::State;
use chancery_authz::ask::MOST_LISTED;
use chancery_authz::wire::{Form, ListObjects};

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, text};

/// An item of an array.
const FORM: Form = Form { before: "", after: "", between: "," };

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListObjects>,
) -> Answered {
    let bounds = (at_least, MOST_LISTED);
    let listed = api.authz.list_objects_as(&asker, &store, asked, bounds, FORM).await?;
    let complete = if listed.complete { "true" } else { "false" };
    let body =
        [br#"{"objects":["#, &*listed.objects, br#"],"complete":"#, complete.as_bytes(), b"}"].concat();
    Ok(grounded(text(body), &listed.ground))
}
