//! `relation_list_users`: who has a relation to an object. `complete` says whether that is all.

use axum::extract::State;
use chancery_authz::wire::ListUsers;
use chancery_rebac::names::User;
use serde_json::{Value, json};

use crate::Api;
use crate::extract::{Asking, AtLeast, Names, Related};
use crate::related::{Answered, grounded, ok};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    AtLeast(at_least): AtLeast,
    Related(asked): Related<ListUsers>,
) -> Answered {
    let listed = api.authz.list_users(&asker, &store, asked, at_least).await?;
    let users: Vec<Value> = listed.users.iter().filter_map(|user| shown(user)).collect();
    let body = json!({ "users": users, "complete": listed.complete });
    Ok(grounded(ok(&body), &listed.ground))
}

fn shown(user: &str) -> Option<Value> {
    Some(match User::parse(user)? {
        User::Object(object) => json!({ "object": { "type": object.type_name, "id": object.id } }),
        User::Wildcard(type_name) => json!({ "wildcard": { "type": type_name } }),
        User::Userset(object, relation) => {
            json!({ "userset": { "type": object.type_name, "id": object.id, "relation": relation } })
        }
    })
}
