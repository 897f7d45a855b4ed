//! Questions: a check with its reasons, who has a relation, and what they have it to.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_authz::ask::MOST_LISTED;
use chancery_authz::wire::{Check, ListObjects, ListUsers, ObjectWire, TupleKeys, TupleWire, UserFilterWire};
use chancery_kernel::Outcome;
use serde::Deserialize;

use super::super::read::{Read, Refused};
use super::super::seat::Seat;
use super::{asker, authz, can_be_mended, context, lines, opened, refused};
use crate::pages::{store_check, store_reach};
use crate::parts::Draft;
use crate::parts::why::Step;
use crate::web::answer::{status, with_status};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Checked {
    user: String,
    relation: String,
    object: String,
    contextual: String,
    context: String,
}

impl Checked {
    fn typed(&self) -> [(&str, &str); 5] {
        [
            ("user", &self.user),
            ("relation", &self.relation),
            ("object", &self.object),
            ("contextual", &self.contextual),
            ("context", &self.context),
        ]
    }

    fn question(&self) -> Read<Check> {
        let text = |text: &str| text.trim().to_owned();
        let key = TupleWire {
            user: text(&self.user),
            relation: text(&self.relation),
            object: text(&self.object),
            condition: None,
        };
        let contextual = lines("contextual", &self.contextual)?;
        Ok(Check {
            tuple_key: Some(key),
            contextual_tuples: TupleKeys { tuple_keys: contextual },
            context: context("context", &self.context)?,
            ..Check::default()
        })
    }
}

pub(in super::super) async fn check(
    seat: Seat,
    Path(id): Path<String>,
    Query(asked): Query<Checked>,
) -> Response {
    let view = match blank_check(&seat, &id, &asked).await {
        Ok(view) => view,
        Err(fault) => return seat.problem(&fault),
    };
    if asked.typed().iter().all(|(_, text)| text.is_empty()) {
        return seat.page(store_check::render(&seat.frame(), &view));
    }
    match explained(&seat, &id, &asked).await {
        Ok(answer) => {
            let view = store_check::View { answer: Some(answer), ..view };
            seat.page(store_check::render(&seat.frame(), &view))
        }
        Err(why) if can_be_mended(&why.fault) => {
            let draft = refused("check", &why, &asked.typed());
            let view = store_check::View { draft, ..view };
            with_status(status(why.fault.kind), store_check::render(&seat.frame(), &view))
        }
        Err(why) => seat.problem(&why.fault),
    }
}

async fn blank_check(seat: &Seat, id: &str, asked: &Checked) -> Outcome<store_check::View> {
    let (store, vocabulary) = opened(seat, id).await?;
    let Checked { user, relation, object, contextual, context } = asked.clone();
    let asked = store_check::Asked { user, relation, object, contextual, context };
    Ok(store_check::View { store, asked, vocabulary, answer: None, draft: Draft::default() })
}

async fn explained(seat: &Seat, id: &str, asked: &Checked) -> Read<store_check::Answer> {
    let told = authz(seat).explain(&asker(seat), id, asked.question()?, None).await?;
    let step =
        |step: chancery_authz::ask::Step| Step { depth: step.depth, allowed: step.allowed, says: step.says };
    Ok(store_check::Answer {
        allowed: told.allowed,
        problem: told.fault.map(|why| why.public.into_owned()).unwrap_or_default(),
        steps: told.steps.into_iter().map(step).collect(),
        complete: told.complete,
        version: told.ground.version,
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Listed {
    /// `who` or `what`; nothing was asked without.
    ask: String,
    object: String,
    user: String,
    relation: String,
    kind: String,
    context: String,
}

impl Listed {
    fn typed(&self) -> [(&str, &str); 5] {
        [
            ("object", &self.object),
            ("user", &self.user),
            ("relation", &self.relation),
            ("kind", &self.kind),
            ("context", &self.context),
        ]
    }
}

pub(in super::super) async fn reach(
    seat: Seat,
    Path(id): Path<String>,
    Query(asked): Query<Listed>,
) -> Response {
    let view = match blank_reach(&seat, &id, &asked).await {
        Ok(view) => view,
        Err(fault) => return seat.problem(&fault),
    };
    let found = match asked.ask.as_str() {
        "who" => who(&seat, &id, &asked).await,
        "what" => what(&seat, &id, &asked).await,
        _ => return seat.page(store_reach::render(&seat.frame(), &view)),
    };
    match found {
        Ok(found) => {
            let view = store_reach::View { found: Some(found), ..view };
            seat.page(store_reach::render(&seat.frame(), &view))
        }
        Err(why) if can_be_mended(&why.fault) => {
            let draft = refused(&asked.ask, &why, &asked.typed());
            let view = store_reach::View { draft, ..view };
            with_status(status(why.fault.kind), store_reach::render(&seat.frame(), &view))
        }
        Err(why) => seat.problem(&why.fault),
    }
}

async fn blank_reach(seat: &Seat, id: &str, asked: &Listed) -> Outcome<store_reach::View> {
    let (store, vocabulary) = opened(seat, id).await?;
    let Listed { object, user, relation, kind, context, .. } = asked.clone();
    let asked = store_reach::Asked { object, user, relation, kind, context };
    Ok(store_reach::View { store, asked, vocabulary, found: None, draft: Draft::default() })
}

async fn who(seat: &Seat, id: &str, asked: &Listed) -> Read<store_reach::Found> {
    let (object, kind) = (asked.object.trim(), asked.kind.trim());
    let (object_type, object_id) = object
        .split_once(':')
        .ok_or_else(|| Refused::at("object", "bad_object", "write type:id, such as document:plan"))?;
    let (of, by) = kind.split_once('#').unwrap_or((kind, ""));
    let question = ListUsers {
        object: Some(ObjectWire { r#type: object_type.to_owned(), id: object_id.to_owned() }),
        relation: asked.relation.trim().to_owned(),
        user_filters: vec![UserFilterWire { r#type: of.to_owned(), relation: by.to_owned() }],
        context: context("context", &asked.context)?,
        ..ListUsers::default()
    };
    let listed = authz(seat).list_users(&asker(seat), id, question, None).await?;
    let title = format!("Of the type {kind}, with {} on {object}", asked.relation.trim());
    let (complete, version) = (listed.complete, listed.ground.version);
    Ok(store_reach::Found { title, names: listed.users, complete, version })
}

async fn what(seat: &Seat, id: &str, asked: &Listed) -> Read<store_reach::Found> {
    let (user, kind, relation) = (asked.user.trim(), asked.kind.trim(), asked.relation.trim());
    let question = ListObjects {
        r#type: kind.to_owned(),
        relation: relation.to_owned(),
        user: user.to_owned(),
        context: context("context", &asked.context)?,
        ..ListObjects::default()
    };
    let listed = authz(seat).list_objects(&asker(seat), id, question, (None, MOST_LISTED)).await?;
    let title = format!("Of the type {kind}, where {user} has {relation}");
    let (complete, version) = (listed.complete, listed.ground.version);
    Ok(store_reach::Found { title, names: listed.objects, complete, version })
}
