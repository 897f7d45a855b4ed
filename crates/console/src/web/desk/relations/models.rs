//! Models: one as it is, and the next as it is written.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_authz::look;
use chancery_context::Act;
use chancery_kernel::{Id, Outcome, ulid};
use chancery_rebac::dsl;
use chancery_rebac::model::{AuthorizationModel, ReferenceKind, Relation, TypeReference};
use chancery_rebac::retrieval;
use http::StatusCode;
use serde::Deserialize;

use super::super::flash;
use super::super::seat::{Posted, Seat};
use super::{asker, authz, named, store};
use crate::links;
use crate::pages::store_edit::{self, Mistake};
use crate::pages::store_model::{View, render};
use crate::parts::{Draft, diagram};
use crate::web::answer::with_status;

/// Longest form with a model in it: 256 KB of text, of which a browser sends what is no letter or digit as three.
pub(in super::super) const LONGEST: usize = 3 * 256 * 1024 + 4_096;

/// What a model begins with.
const FIRST: &str = "model\n  schema 1.1\n\ntype user\n\ntype document\n  relations\n    define owner: [user]\n    define viewer: [user] or owner\n";

/// The model to begin from; the newest unless it is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Begun {
    from: String,
}

pub(in super::super) async fn show(seat: Seat, Path((id, model)): Path<(String, String)>) -> Response {
    seat.show(page(&seat, &id, &model).await, render)
}

async fn page(seat: &Seat, id: &str, model: &str) -> Outcome<View> {
    let store = store(seat, id).await?;
    let model = authz(seat).look_at_model(&asker(seat), id, model).await?;
    let model = model.ok_or_else(|| chancery_kernel::Fault::not_found("model"))?;
    let (text, json) = match dsl::print(&model.source) {
        Ok(text) => (text, false),
        Err(_) => (serde_json::to_string_pretty(&model.source.to_json()).unwrap_or_default(), true),
    };
    Ok(View {
        store: named(&store),
        id: ulid::encode(model.id.uuid()),
        newest: store.latest == Some(model.id),
        text,
        json,
        kinds: kinds(&model.source),
        manageable: seat.may(Act::StoreManage),
    })
}

fn kinds(model: &AuthorizationModel) -> Vec<diagram::Kind> {
    let relation = |(name, one): (&String, &Relation)| diagram::Relation {
        name: name.clone(),
        definition: dsl::definition(one),
        named: one.assignable.iter().map(whom).collect(),
    };
    let kind = |one: &chancery_rebac::model::TypeDefinition| diagram::Kind {
        name: one.name.clone(),
        relations: one.relations.iter().map(relation).collect(),
    };
    model.types.iter().map(kind).collect()
}

fn whom(reference: &TypeReference) -> diagram::Named {
    diagram::Named {
        kind: reference.type_name.clone(),
        relation: match &reference.kind {
            ReferenceKind::Userset(relation) => Some(relation.clone()),
            ReferenceKind::Object | ReferenceKind::Wildcard => None,
        },
        everybody: reference.kind == ReferenceKind::Wildcard,
    }
}

pub(in super::super) async fn blank(
    seat: Seat,
    Path(id): Path<String>,
    Query(from): Query<Begun>,
) -> Response {
    seat.show(beginning(&seat, &id, &from.from).await, store_edit::render)
}

async fn beginning(seat: &Seat, id: &str, from: &str) -> Outcome<store_edit::View> {
    let _may = seat.cx().allowed(Act::StoreManage, id).await?;
    let store = store(seat, id).await?;
    let text = if from == store_edit::DOCUMENTS {
        retrieval::DOCUMENTS.to_owned()
    } else {
        let model = authz(seat).look_at_model(&asker(seat), id, from).await?;
        model.and_then(|model| dsl::print(&model.source).ok()).unwrap_or_else(|| FIRST.to_owned())
    };
    Ok(store_edit::View { store: named(&store), text, mistakes: None, draft: Draft::default() })
}

/// Checks a text, or checks and writes it; the buttons of the form say which.
pub(in super::super) async fn write(Path(id): Path<String>, posted: Posted) -> Response {
    match written(&posted, &id).await {
        Ok(Done::Written) => posted.done(&links::store(&id), &flash::MODEL_WRITTEN),
        Ok(Done::Looked(mistakes)) => {
            let status = if mistakes.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            match looked_at(&posted, &id, mistakes).await {
                Ok(view) => with_status(status, store_edit::render(&posted.seat.frame(), &view)),
                Err(fault) => posted.seat.problem(&fault),
            }
        }
        Err(fault) => posted.seat.problem(&fault),
    }
}

enum Done {
    Written,
    Looked(Vec<look::Mistake>),
}

async fn written(posted: &Posted, id: &str) -> Outcome<Done> {
    let (authz, asker) = (authz(&posted.seat), asker(&posted.seat));
    let model = match authz.check_text(&asker, id, posted.text("text")).await? {
        Ok(model) => model,
        Err(mistakes) => return Ok(Done::Looked(mistakes)),
    };
    if posted.text("act") != "write" {
        return Ok(Done::Looked(Vec::new()));
    }
    authz.write_model(&asker, id, model.to_json()).await?;
    Ok(Done::Written)
}

async fn looked_at(posted: &Posted, id: &str, mistakes: Vec<look::Mistake>) -> Outcome<store_edit::View> {
    let store = store(&posted.seat, id).await?;
    let text = posted.text("text").to_owned();
    let source =
        |line: usize| text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim_end().to_owned();
    let one = |m: look::Mistake| Mistake {
        line: m.line,
        column: m.column,
        source: source(m.line),
        message: m.message,
        mend: m.mend.to_owned(),
    };
    let mistakes = Some(mistakes.into_iter().map(one).collect());
    Ok(store_edit::View { store: named(&store), mistakes, text: text.clone(), draft: Draft::default() })
}
