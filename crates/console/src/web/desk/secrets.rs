//! All secrets, without what they are.

use axum::extract::Query;
use axum::response::Response;
use chancery_broker::leases::{self, LeaseFilter};
use chancery_broker::secrets::{self, SecretFilter, Shown};
use chancery_kernel::Outcome;

use super::lists::{Asked, most};
use super::seat::Seat;
use crate::links;
use crate::pages::secrets::{Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { secrets::list(&cx, &request, &SecretFilter::default()).await }
            },
            |shown: &Shown| shown.secret.id.to_string(),
            |shown| asked.fits(&[&shown.secret.name, &shown.resource_group, &shown.project]),
        )
        .await?;
    let mut rows = Vec::with_capacity(found.items.len());
    for shown in &found.items {
        rows.push(row(seat, shown).await?);
    }
    let pager = asked.pager(&links::secrets(), found.next.as_ref(), rows.len(), ("secret", "secrets"));
    Ok(View { query: asked.q.clone(), rows, pager })
}

async fn row(seat: &Seat, shown: &Shown) -> Outcome<Row> {
    let secret = &shown.secret;
    let filter = LeaseFilter { secret: Some(secret.id), open: true, ..LeaseFilter::default() };
    let lent = leases::list(&seat.cx(), &most(), &filter).await?.items.len();
    Ok(Row {
        secret: Named::new(secret.id.to_string(), &*secret.name),
        folder: format!("{} / {}", shown.resource_group, shown.project),
        kind: secret.kind.as_str().to_owned(),
        tier: shown.tier,
        lent: lent as u64,
        rotated: secret.rotation.as_ref().map(|rotation| rotation.rotator.as_str().to_owned()),
    })
}
