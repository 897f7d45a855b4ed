//! What an administrator changes on an agent's record.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::agents::{self, AgentPatch};
use chancery_kernel::{AgentId, Outcome, UserId};
use chancery_model::{Agent, Stage, UseCase};

use super::super::flash::{self, Note};
use super::super::read::{self, Read, Refused};
use super::super::seat::Posted;
use super::{redraw, view};
use crate::links;
use crate::parts::time;

const STAGES: &[(&str, Stage)] =
    &[("active", Stage::Active), ("suspended", Stage::Suspended), ("retired", Stage::Retired)];

pub(in super::super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    answer(&posted, &id, "edit", done, &flash::SAVED).await
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<Agent>> {
    let (cx, id) = (posted.cx(), read::id::<AgentId>(id, "agent")?);
    let agent = agents::get(&cx, id).await?;
    // A date field knows no hours: the day it was drawn with means that nothing changed.
    let day = agent.expires.map(time::day).unwrap_or_default();
    let expires = match posted.text("expires") {
        same if same == day => None,
        text => Some(read::day("expires", text)?),
    };
    let patch = AgentPatch {
        purpose: Some(posted.text("purpose").to_owned()),
        use_case: Some(UseCase {
            task: posted.text("task").to_owned(),
            data_sources: read::parts(posted.text("data_sources"), ','),
            action_classes: read::parts(posted.text("action_classes"), ','),
            business_owner: posted.text("business_owner").to_owned(),
        }),
        sponsor: Some(read::maybe_person(&cx, "sponsor", posted.text("sponsor")).await?),
        expires,
        why: Some(posted.text("why").to_owned()),
        ..AgentPatch::default()
    };
    Ok(agents::update(&cx, id, posted.fields.version(), patch).await?)
}

pub(in super::super) async fn stage(Path(id): Path<String>, posted: Posted) -> Response {
    let done = staged(&posted, &id).await;
    answer(&posted, &id, "stage", done, &flash::STAGE_CHANGED).await
}

async fn staged(posted: &Posted, id: &str) -> Read<Arc<Agent>> {
    let id = read::id::<AgentId>(id, "agent")?;
    let stage = read::one_of("stage", posted.text("stage"), STAGES)?;
    Ok(agents::set_stage(&posted.cx(), id, posted.fields.version(), stage, posted.text("why")).await?)
}

pub(in super::super) async fn add_owner(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let new = read::person(&posted.cx(), "user", posted.text("user")).await?;
        owned(&posted, &id, |owners| owners.push(new), "an owner was added").await
    };
    let done = done.await;
    answer(&posted, &id, "owner", done, &flash::OWNER_ADDED).await
}

pub(in super::super) async fn remove_owner(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let gone = read::id::<UserId>(posted.text("user"), "owner")?;
        owned(&posted, &id, |owners| owners.retain(|owner| *owner != gone), "an owner was removed").await
    };
    posted.button(done.await, &links::agent(&id), &flash::OWNER_REMOVED)
}

/// The record holds the whole list of owners; the version sees to it that nobody else changed it meanwhile.
async fn owned(
    posted: &Posted,
    id: &str,
    change: impl FnOnce(&mut Vec<UserId>),
    why: &str,
) -> Read<Arc<Agent>> {
    let (cx, id) = (posted.cx(), read::id::<AgentId>(id, "agent")?);
    let mut owners = agents::get(&cx, id).await?.owners.clone();
    change(&mut owners);
    let patch = AgentPatch { owners: Some(owners), why: Some(why.to_owned()), ..AgentPatch::default() };
    Ok(agents::update(&cx, id, posted.fields.version(), patch).await?)
}

/// Back to the agent's page, or that page with the form to mend.
pub(super) async fn answer<T>(
    posted: &Posted,
    id: &str,
    form: &str,
    done: Read<T>,
    note: &'static Note,
) -> Response {
    match done {
        Ok(_) => posted.done(&links::agent(id), note),
        Err(refused) => again(posted, id, form, refused).await,
    }
}

pub(in super::super) async fn again(posted: &Posted, id: &str, form: &str, refused: Refused) -> Response {
    let parsed: Outcome<AgentId> = read::id(id, "agent");
    let page = async { view(&posted.seat, parsed?).await };
    posted.again(form, refused, page, redraw).await
}
