//! One endpoint: what came of its messages, a test, another secret, and its end.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_audit::Subject;
use chancery_kernel::{EndpointId, Fault, Outcome, Seconds, Secret};
use chancery_model::Endpoint;
use chancery_notify::endpoints::{self, Delivered, EndpointPatch, Keyed};

use super::endpoints::ticked;
use super::flash::{self, Note};
use super::lines;
use super::lists::Asked;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::endpoint::{Delivery, View, render};
use crate::parts::Draft;

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;

pub(super) async fn show(seat: Seat, Path(id): Path<String>, Query(asked): Query<Asked>) -> Response {
    seat.show(page(&seat, &id, &asked).await, render)
}

async fn page(seat: &Seat, id: &str, asked: &Asked) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<EndpointId>(id, "endpoint")?);
    let endpoint = endpoints::get(&cx, id).await?;
    let sent = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { endpoints::deliveries_of(&cx, id, &request).await }
            },
            |delivery: &Delivered| delivery.id.to_string(),
            |_| true,
        )
        .await?;
    let pager = asked.pager(
        &links::endpoint(&id.to_string()),
        sent.next.as_ref(),
        sent.items.len(),
        ("message", "messages"),
    );
    Ok(View {
        id: id.to_string(),
        version: endpoint.meta.version,
        name: endpoint.name.clone(),
        kind: endpoint.kind,
        origin: endpoint.origin.clone(),
        events: endpoint.events.clone(),
        enabled: endpoint.enabled,
        gone: endpoint.gone.clone(),
        overlap: endpoint.overlap.filter(|until| cx.now() < *until),
        deliveries: sent.items.into_iter().map(delivery).collect(),
        pager,
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        fresh_secret: None,
        draft: Draft::default(),
    })
}

fn delivery(d: Delivered) -> Delivery {
    Delivery {
        id: d.id.to_string(),
        approval: d.approval.map(|id| id.to_string()),
        event: d.event,
        state: d.outcome.as_str(),
        status: d.status,
        tries: d.tries,
        at: d.tried.unwrap_or(d.at),
        problem: d.problem,
    }
}

/// The one answer that carries the secret; for a chat, which has none, simply its page.
pub(super) async fn made(posted: &Posted, keyed: &Keyed) -> Response {
    let id = keyed.endpoint.id.to_string();
    let Some(secret) = &keyed.secret else { return posted.done(&links::endpoint(&id), &flash::CREATED) };
    let page = page(&posted.seat, &id, &Asked::default()).await;
    let page = page.map(|view| View { fresh_secret: Some(secret.clone()), ..view });
    posted.seat.show(page, render)
}

pub(super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    match done {
        Ok(_) => posted.done(&links::endpoint(&id), &flash::SAVED),
        Err(refused) => {
            let asked = Asked::default();
            let view = page(&posted.seat, &id, &asked);
            posted.again("edit", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<Endpoint>> {
    let endpoint = read::id::<EndpointId>(id, "endpoint")?;
    let moved = Some(posted.text("address")).filter(|address| !address.is_empty());
    let patch = EndpointPatch {
        name: Some(posted.text("name").to_owned()),
        address: moved.map(Secret::new),
        events: Some(ticked(posted)),
        enabled: None,
    };
    Ok(endpoints::update(&posted.cx(), endpoint, posted.fields.version(), patch).await?)
}

pub(super) async fn rotate(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let endpoint = read::id::<EndpointId>(&id, "endpoint")?;
        let overlap = (posted.text("leaked") == "yes").then_some(Seconds(0));
        endpoints::rotate(&posted.cx(), endpoint, posted.fields.version(), overlap).await
    };
    match done.await {
        Ok(keyed) => made(&posted, &keyed).await,
        Err(fault) => posted.seat.problem(&fault),
    }
}

pub(super) async fn enable(Path(id): Path<String>, posted: Posted) -> Response {
    switched(&posted, &id, true, &flash::ENDPOINT_ON).await
}

pub(super) async fn disable(Path(id): Path<String>, posted: Posted) -> Response {
    switched(&posted, &id, false, &flash::ENDPOINT_OFF).await
}

async fn switched(posted: &Posted, id: &str, enabled: bool, note: &'static Note) -> Response {
    let done = async {
        let endpoint = read::id::<EndpointId>(id, "endpoint")?;
        let patch = EndpointPatch { enabled: Some(enabled), ..EndpointPatch::default() };
        endpoints::update(&posted.cx(), endpoint, posted.fields.version(), patch).await
    };
    posted.button(done.await, &links::endpoint(id), note)
}

pub(super) async fn test(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async { endpoints::test(&posted.cx(), read::id::<EndpointId>(&id, "endpoint")?).await };
    posted.button(done.await, &links::endpoint(&id), &flash::TEST_ORDERED)
}

pub(super) async fn delete(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let endpoint = read::id::<EndpointId>(&id, "endpoint")?;
        if posted.text("sure") != "yes" {
            return Err(Fault::invalid("not_sure", "tick that you want to remove it for good"));
        }
        endpoints::delete(&posted.cx(), endpoint, posted.fields.version()).await
    };
    posted.button(done.await, &links::endpoints(), &flash::ENDPOINT_DELETED)
}
