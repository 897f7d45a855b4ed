//! The list of stores, and one of them.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_audit::Subject;
use chancery_authz::stores::Wanted;
use chancery_context::Act;
use chancery_kernel::{Id, Outcome, ulid};
use serde::Deserialize;
use serde_json::Value;

use super::super::flash;
use super::super::lines;
use super::super::read::Refused;
use super::super::seat::{Posted, Seat};
use super::{asker, authz, named, store};
use crate::links;
use crate::pages::store as one;
use crate::pages::stores::{Row, View, render};
use crate::parts::Pager;

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;
/// Models of one page: each is read whole.
const MODELS: i64 = 20;

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct After {
    after: String,
}

impl After {
    fn pager(&self, path: &str, next: &str, summary: String) -> Pager {
        let go_on = links::with(path.to_owned(), &[("after", next)]);
        Pager {
            newer: (!self.after.is_empty()).then(|| path.to_owned()),
            older: (!next.is_empty()).then_some(go_on),
            summary,
        }
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {} on this page", if n == 1 { one } else { many })
}

pub(in super::super) async fn list(seat: Seat, Query(after): Query<After>) -> Response {
    seat.show(view(&seat, &after).await, render)
}

async fn view(seat: &Seat, after: &After) -> Outcome<View> {
    let wanted = Wanted { continuation_token: after.after.clone(), ..Wanted::default() };
    let found = authz(seat).list_stores(&asker(seat), &wanted).await?;
    let row = |store: &chancery_model::Store| Row {
        store: named(store),
        has_model: store.latest.is_some(),
        recorded: store.recorded,
        created: store.meta.created,
    };
    let rows: Vec<Row> = found.stores.iter().map(|store| row(store)).collect();
    let summary = counted(rows.len(), "store", "stores");
    let pager = after.pager(&links::stores(), &found.continuation_token, summary);
    Ok(View { rows, pager, manageable: seat.may(Act::StoreManage), ..View::default() })
}

pub(in super::super) async fn create(posted: Posted) -> Response {
    let made = authz(&posted.seat).create_store(&asker(&posted.seat), posted.text("name").to_owned()).await;
    match made {
        Ok(store) => posted.done(&links::store(&named(&store).id), &flash::CREATED),
        Err(fault) => {
            // The API's words are those of OpenFGA's framework.
            let refused = match fault.code {
                "validation_error" => {
                    Refused::at("name", "bad_name", "use 3 to 64 letters, digits, spaces and - . / ^ _ & @")
                }
                _ => fault.into(),
            };
            let after = After::default();
            let view = view(&posted.seat, &after);
            posted.again("create", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

pub(in super::super) async fn show(
    seat: Seat,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Response {
    seat.show(page(&seat, &id, &after).await, one::render)
}

async fn page(seat: &Seat, id: &str, after: &After) -> Outcome<one::View> {
    let store = store(seat, id).await?;
    let found = authz(seat).list_models(&asker(seat), id, Some(MODELS), &after.after).await?;
    let newest = store.latest.map(|id| ulid::encode(id.uuid()));
    let row = |model: &Value| {
        let id = text_of(model, "id");
        let types = model.get("type_definitions").and_then(Value::as_array).into_iter().flatten();
        let types = types.map(|one| text_of(one, "type")).collect();
        one::Row { newest: newest.as_deref() == Some(&id), id, types }
    };
    let models: Vec<_> = found.models.iter().map(row).collect();
    let summary = counted(models.len(), "model", "models");
    let pager = after.pager(&links::store(id), &found.continuation_token, summary);
    let (tuples, version) = authz(seat).size(&asker(seat), id).await?;
    let evidence = lines::about(seat, Subject::of(store.id), EVIDENCE).await?;
    let (recorded, manageable) = (store.recorded, seat.may(Act::StoreManage));
    Ok(one::View { store: named(&store), tuples, version, recorded, models, pager, evidence, manageable })
}

fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
