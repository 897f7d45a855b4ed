//! Permissions for a while, and ending one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_broker::secrets;
use chancery_context::Act;
use chancery_directory::grants::{self, GrantFilter};
use chancery_governance::orphans;
use chancery_kernel::{GrantId, Outcome, SecretId};
use chancery_model::Grant;

use super::flash;
use super::lists::Asked;
use super::names::Names;
use super::read;
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::grants::{Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let (names, now) = (Names::of(seat), seat.cx().now());
    let fits = |grant: &Arc<Grant>| {
        let named = [
            grant.agent.map(|id| names.agent(id).name),
            Some(names.user(grant.user).name),
            grant.application.map(|id| names.application(id).name),
            grant.purpose.clone(),
        ];
        let texts: Vec<&str> = named.iter().flatten().map(String::as_str).collect();
        grant.origin.is_permission() && !grant.is_over(now) && asked.fits(&texts)
    };
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { grants::list(&cx, &request, &GrantFilter::default()).await }
            },
            |grant: &Arc<Grant>| grant.id.to_string(),
            fits,
        )
        .await?;
    let secrets = secrets_of(seat, &found.items).await;
    let rows: Vec<Row> = found.items.iter().map(|grant| row(seat, &names, &secrets, grant)).collect();
    let noun = ("permission", "permissions");
    let pager = asked.pager(&links::grants(), found.next.as_ref(), rows.len(), noun);
    Ok(View { query: asked.q.clone(), rows, pager, endable: seat.may(Act::GrantManage) })
}

fn row(seat: &Seat, names: &Names, secrets: &HashMap<SecretId, Named>, grant: &Grant) -> Row {
    let now = seat.cx().now();
    let secret = |id| secrets.get(&id).cloned().unwrap_or_else(|| Named::new(id.to_string(), "a secret"));
    Row {
        grant: grant.id.to_string(),
        agent: grant.agent.map(|id| names.agent(id)),
        user: names.user(grant.user),
        application: grant.application.map(|id| names.application(id)),
        secret: grant.secret.map(secret),
        scopes: grant.scopes.iter().map(ToString::to_string).collect(),
        assigns: grant.origin == chancery_model::Origin::Assignment,
        purpose: grant.purpose.clone().unwrap_or_default(),
        from: grant.from.filter(|from| *from > now),
        until: grant.until,
        in_review: grant.in_review.is_some(),
        confirmable: seat.may(Act::GrantConfirm) && seat.cx().caller.user() != Some(grant.user),
    }
}

/// The names of secrets, as far as the viewer may read them.
async fn secrets_of(seat: &Seat, all: &[Arc<Grant>]) -> HashMap<SecretId, Named> {
    let mut known = HashMap::new();
    for id in all.iter().filter_map(|grant| grant.secret).filter(|_| seat.may(Act::SecretRead)) {
        if let Ok(shown) = secrets::of_id(&seat.cx(), id).await {
            known.insert(id, Named::new(id.to_string(), &*shown.secret.name));
        }
    }
    known
}

pub(super) async fn confirm(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let grant = read::id::<GrantId>(&id, "grant")?;
        orphans::confirm(&posted.cx(), grant).await
    };
    posted.button(done.await, &links::grants(), &flash::PERMISSION_KEPT)
}

pub(super) async fn give_back(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let grant = read::id::<GrantId>(&id, "grant")?;
        grants::withdraw(&posted.cx(), grant).await
    };
    posted.button(done.await, &links::grants(), &flash::PERMISSION_ENDED)
}
