//! One secret: who has it, ending that, and having it rotated.

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_broker::leases::{self, LeaseFilter};
use chancery_broker::{rotate as rotation, secrets};
use chancery_context::Act;
use chancery_kernel::{LeaseId, Outcome, SecretId};
use chancery_model::Rotation;

use super::flash;
use super::lines;
use super::lists::most;
use super::names::Names;
use super::read::{self, Refused};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::secret::{Lease, Version, View, render};
use crate::parts::{Draft, time};

/// Rows of the list of evidence, and of leases.
const EVIDENCE: usize = 8;
const LEASES: usize = 20;

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, render)
}

async fn page(seat: &Seat, id: &str) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<SecretId>(id, "secret")?);
    let shown = secrets::of_id(&cx, id).await?;
    let names = Names::of(seat);
    let (due, tries) = secrets::next_rotation(&cx, id).await?;
    let version = |v: secrets::VersionFacts| Version {
        number: v.number,
        state: v.state.as_str().to_owned(),
        created: v.at,
        by: names.who(&v.author),
    };
    let filter = LeaseFilter { secret: Some(id), ..LeaseFilter::default() };
    let lent = leases::list(&cx, &most(), &filter).await?.items;
    let lease = |l: &chancery_model::Lease| Lease {
        id: l.id.to_string(),
        agent: l.agent.map(|id| names.agent(id)),
        user: l.user.map(|id| names.user(id)),
        exclusive: l.exclusive,
        began: l.began,
        until: l.until,
        over: l.over.as_ref().map(|over| over.why.clone()),
    };
    let secret = &shown.secret;
    let due = due.map(|due| time::distance(cx.now(), due));
    Ok(View {
        id: id.to_string(),
        name: secret.name.clone(),
        folder: format!("{} / {}", shown.resource_group, shown.project),
        description: secret.description.clone(),
        kind: secret.kind.as_str().to_owned(),
        tier: shown.tier,
        client: secret.client.map(|id| names.client(id)),
        rotation: secret.rotation.as_ref().map(|rotation| words(rotation, due.as_deref(), tries)),
        versions: secrets::versions_of(&cx, id).await?.into_iter().map(version).collect(),
        leases: lent.iter().take(LEASES).map(lease).collect(),
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        rule: super::approvers::of_secret(&names, &shown, &secrets::policy_of(&cx, &shown).await?),
        manageable: seat.may(Act::SecretManage),
        endable: seat.may(Act::LeaseEnd),
        draft: Draft::default(),
    })
}

/// The page with a form to mend.
pub(super) async fn again(posted: &Posted, id: &str, form: &str, refused: Refused) -> Response {
    let view = page(&posted.seat, id);
    posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
}

fn words(rotation: &Rotation, due: Option<&str>, tries: i64) -> String {
    let mut all = vec![format!("by {}", rotation.rotator.as_str())];
    all.extend(rotation.after_use.then(|| "after use".to_owned()));
    all.extend(rotation.every.map(|every| format!("every {}", time::span(every))));
    all.extend(due.map(|due| format!("next {due}")));
    all.extend((tries > 0).then(|| format!("failed {tries} times in a row")));
    all.join(", ")
}

pub(super) async fn rotate(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let cx = posted.cx();
        let shown = secrets::of_id(&cx, read::id::<SecretId>(&id, "secret")?).await?;
        rotation::order(&cx, &shown.spot()).await
    };
    posted.button(done.await, &links::secret(&id), &flash::ROTATION_ORDERED)
}

pub(super) async fn end(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let lease = read::id::<LeaseId>(posted.text("lease"), "lease")?;
        leases::end(&posted.cx(), lease, posted.text("reason")).await
    };
    posted.button(done.await, &links::secret(&id), &flash::LEASE_ENDED)
}
