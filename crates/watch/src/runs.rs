//! Runs: what an agent is doing for whom, and stopping one task without stopping the agent.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, Cursor, Fault, Outcome, Page, PageRequest, RunId, Timestamp};
use chancery_model::MarkKey;
use chancery_store::tables::{families, runs};

pub use chancery_store::tables::runs::Run;

use crate::words;

/// As many of an agent's latest runs can be listed.
const LATEST: i64 = 500;

/// The latest runs of an agent, latest first.
pub async fn list(cx: &Cx, agent: AgentId, page: &PageRequest) -> Outcome<Page<Run>> {
    let _may = cx.allowed(Act::RunRead, agent).await?;
    if cx.db().hot().agents.find(cx.org, agent).is_none() {
        return Err(Fault::not_found("agent"));
    }
    let after = page.after.as_ref().map(|cursor| cursor.0.parse::<RunId>()).transpose();
    let after = after.map_err(|_| Fault::invalid("bad_cursor", "`after` is no cursor of this list"))?;
    let org = cx.org;
    let all = cx.db().read(move |sql| runs::of_agent(sql, org, agent, LATEST)).await?;
    let seen = after.map_or(0, |id| all.iter().position(|run| run.id == id).map_or(all.len(), |at| at + 1));
    let more = all.len() > seen + page.limit;
    let items: Vec<Run> = all.into_iter().skip(seen).take(page.limit).collect();
    let next = items.last().filter(|_| more).map(|run| Cursor(run.id.to_string()));
    Ok(Page { items, next })
}

/// One run.
pub async fn get(cx: &Cx, run: RunId) -> Outcome<Run> {
    let _may = cx.allowed(Act::RunRead, run).await?;
    let org = cx.org;
    let found = cx.db().read(move |sql| runs::find(sql, org, run)).await?;
    found.ok_or_else(|| Fault::not_found("run"))
}

/// A run that was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub run: RunId,
    pub pos: i64,
    pub at: Timestamp,
}

/// Stops one run: its tokens die and are not renewed, other tasks of the same agent go on.
pub async fn stop(cx: &Cx, run: RunId, reason: &str) -> Outcome<Stopped> {
    let _may = cx.allowed(Act::RunManage, run).await?;
    let reason = words::reason(reason)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let (org, at) = (tx.org(), tx.now());
            let agent = runs::find(tx.sql(), org, run)?.ok_or_else(|| Fault::not_found("run"))?.agent;
            if !runs::stop(tx.sql(), org, run, at)? {
                return Err(Fault::conflict("already_stopped", "this run was stopped already"));
            }
            families::end_of_run(tx.sql(), run, at)?;
            let event = Event::RunStopped { run, agent: Some(agent), reason: Text::new(&reason) };
            let recorded = tx.record(event);
            tx.mark(MarkKey::Run(run), recorded.pos)?;
            let of_run =
                tx.live_of_agent(agent).into_iter().filter(|approval| approval.run == Some(run)).collect();
            tx.cancel_all(of_run, "the run was stopped")?;
            Ok(recorded.with(Stopped { run, pos: recorded.pos, at }))
        })
        .await
}
