//! Tuples, by any part of them.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_authz::look::Sought;
use chancery_context::Act;
use chancery_kernel::{Outcome, Timestamp};
use chancery_rebac::engine::Stored;
use serde::Deserialize;

use super::super::seat::Seat;
use super::{asker, authz, named, store};
use crate::links;
use crate::pages::store_tuples::{Row, View, render};
use crate::parts::{Pager, time};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    object: String,
    relation: String,
    user: String,
    after: String,
}

pub(in super::super) async fn search(
    seat: Seat,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    seat.show(page(&seat, &id, &asked).await, render)
}

async fn page(seat: &Seat, id: &str, asked: &Asked) -> Outcome<View> {
    let store = store(seat, id).await?;
    let text = |text: &str| text.trim().to_owned();
    let sought = Sought {
        object: text(&asked.object),
        relation: text(&asked.relation),
        user: text(&asked.user),
        after: asked.after.clone(),
    };
    let found = authz(seat).search_tuples(&asker(seat), id, &sought).await?;
    let rows: Vec<Row> = found.tuples.into_iter().map(row).collect();
    let same = |after: &str| {
        let query = [
            ("object", sought.object.as_str()),
            ("relation", &sought.relation),
            ("user", &sought.user),
            ("after", after),
        ];
        links::with(links::store_tuples(id), &query)
    };
    let pager = Pager {
        newer: (!asked.after.is_empty()).then(|| same("")),
        older: (!found.next.is_empty()).then(|| same(&found.next)),
        summary: format!("{} on this page, of {} in the store", rows.len(), time::count(found.of)),
    };
    let Sought { object, relation, user, .. } = sought;
    let (has_model, writable) = (store.latest.is_some(), seat.may(Act::RelationWrite));
    Ok(View { store: named(&store), object, relation, user, rows, pager, has_model, writable })
}

fn row(stored: Stored) -> Row {
    let tuple = stored.tuple;
    Row {
        object: tuple.key.object,
        relation: tuple.key.relation,
        user: tuple.key.user,
        condition: tuple.condition.map(|condition| condition.name),
        written: Timestamp::from_micros(stored.written_at),
    }
}
