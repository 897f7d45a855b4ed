//! Who is told of approvals, and the form that adds somebody.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_kernel::{Outcome, Secret};
use chancery_model::{Endpoint, EndpointKind, Told};
use chancery_notify::endpoints::{self, Keyed, NewEndpoint};

use super::endpoint;
use super::lists::Asked;
use super::read::{Read, Refused};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::endpoints::{FIELDS, Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { endpoints::list(&cx, &request).await }
            },
            |endpoint: &Arc<Endpoint>| endpoint.id.to_string(),
            |endpoint| asked.fits(&[&endpoint.name, &endpoint.origin]),
        )
        .await?;
    let rows: Vec<Row> = found.items.iter().map(|endpoint| row(endpoint)).collect();
    let pager = asked.pager(&links::endpoints(), found.next.as_ref(), rows.len(), ("endpoint", "endpoints"));
    Ok(View { query: asked.q.clone(), rows, pager, ..View::default() })
}

fn row(endpoint: &Endpoint) -> Row {
    Row {
        endpoint: Named::new(endpoint.id.to_string(), &*endpoint.name),
        kind: endpoint.kind,
        origin: endpoint.origin.clone(),
        events: endpoint.events.clone(),
        enabled: endpoint.enabled,
    }
}

/// The events that are ticked.
pub(super) fn ticked(posted: &Posted) -> Vec<Told> {
    FIELDS.into_iter().filter(|(field, _)| posted.text(field) == "yes").map(|(_, told)| told).collect()
}

pub(super) async fn create(posted: Posted) -> Response {
    match created(&posted).await {
        Ok(keyed) => endpoint::made(&posted, &keyed).await,
        Err(refused) => {
            let asked = Asked::default();
            let view = view(&posted.seat, &asked);
            posted.again("create", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn created(posted: &Posted) -> Read<Keyed> {
    let kind = EndpointKind::read(posted.text("kind"))
        .ok_or_else(|| Refused::at("kind", "not_listed", "choose one of the list"))?;
    let events = ticked(posted);
    if events.is_empty() {
        return Err(Refused::at("told.asked", "no_events", "tick what it is told of"));
    }
    let new = NewEndpoint {
        name: posted.text("name").to_owned(),
        kind,
        address: Secret::new(posted.text("address")),
        events,
    };
    Ok(endpoints::create(&posted.cx(), new).await?)
}
