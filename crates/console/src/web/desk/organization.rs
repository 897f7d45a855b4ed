//! The organization itself.

use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::organizations::{self, OrganizationPatch};
use chancery_kernel::Outcome;

use super::flash;
use super::lines;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::organization::{LEAVING, RULES, View, render};
use crate::parts::Draft;

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;

pub(super) async fn show(seat: Seat) -> Response {
    seat.show(page(&seat).await, render)
}

async fn page(seat: &Seat) -> Outcome<View> {
    let cx = seat.cx();
    let organization = organizations::get(&cx, cx.org).await?;
    Ok(View {
        id: organization.id.to_string(),
        version: organization.meta.version,
        title: organization.title.clone(),
        slug: organization.slug.clone(),
        second_factor: organization.second_factor,
        approver_left: organization.approver_left,
        since: organization.meta.created,
        manageable: seat.may(Act::OrganizationManage),
        evidence: lines::about(seat, Subject::of(organization.id), EVIDENCE).await?,
        draft: Draft::default(),
    })
}

pub(super) async fn edit(posted: Posted) -> Response {
    match edited(&posted).await {
        Ok(()) => posted.done(&links::organization(), &flash::SAVED),
        Err(refused) => {
            let view = page(&posted.seat);
            posted.again("edit", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn edited(posted: &Posted) -> Read<()> {
    let cx = posted.cx();
    let patch = OrganizationPatch {
        title: Some(posted.text("title").to_owned()),
        second_factor: Some(read::one_of("second_factor", posted.text("second_factor"), &RULES)?),
        approver_left: Some(read::one_of("approver_left", posted.text("approver_left"), &LEAVING)?),
    };
    organizations::update(&cx, cx.org, posted.fields.version(), patch).await?;
    Ok(())
}
