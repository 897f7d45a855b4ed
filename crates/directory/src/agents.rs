//! Agents: registering them, changing them, and their history.

mod history;
mod removal;
mod stage;

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, Fault, Outcome, Page, PageRequest, Timestamp, UserId};
use chancery_model::{Agent, Application, MarkKey, Meta, Stage, UseCase, User, Version};
use chancery_store::tables::versions;
use chancery_store::{Hot, Tx};

use crate::change::{Changes, at, find, page, referred, wanted};
use crate::check;

pub use removal::delete;
pub use stage::set_stage;

/// Most owners, and most lines in a list of a use case.
const MOST: usize = 20;

#[derive(Clone, Debug, Default)]
pub struct NewAgent {
    pub name: String,
    pub purpose: String,
    pub use_case: UseCase,
    pub owners: Vec<UserId>,
    pub sponsor: Option<UserId>,
    pub expires: Option<Timestamp>,
    pub why: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct AgentPatch {
    pub name: Option<String>,
    pub purpose: Option<String>,
    pub use_case: Option<UseCase>,
    pub owners: Option<Vec<UserId>>,
    pub sponsor: Option<Option<UserId>>,
    pub expires: Option<Option<Timestamp>>,
    pub why: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct AgentFilter {
    pub name: Option<String>,
    pub stage: Option<Stage>,
    /// Technical owner or sponsor.
    pub owner: Option<UserId>,
    pub contained: Option<bool>,
    /// Whether nobody who can act answers for it.
    pub ownerless: Option<bool>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &AgentFilter) -> Outcome<Page<Arc<Agent>>> {
    let _may = cx.allowed(Act::AgentRead, cx.org).await?;
    page(cx, request, |hot, agent: &Agent| {
        wanted(filter.name.as_ref(), &agent.name)
            && wanted(filter.stage.as_ref(), &agent.stage)
            && wanted(filter.contained.as_ref(), &agent.contained.is_some())
            && filter.ownerless.is_none_or(|wanted| ownerless(hot, agent, None) == wanted)
            && filter.owner.is_none_or(|user| agent.owners.contains(&user) || agent.sponsor == Some(user))
    })
}

/// Whether an agent that is not retired has no active owner, or no active sponsor; `without` is just being disabled.
pub fn ownerless(hot: &Hot, agent: &Agent, without: Option<UserId>) -> bool {
    let active = |id: &UserId| {
        Some(*id) != without && hot.users.find(agent.org, *id).is_some_and(|user| user.is_active())
    };
    agent.stage != Stage::Retired && !(agent.owners.iter().any(active) && agent.sponsor.iter().any(active))
}

pub async fn get(cx: &Cx, id: AgentId) -> Outcome<Arc<Agent>> {
    let _may = cx.allowed(Act::AgentRead, id).await?;
    find(cx, id)
}

/// What the agent was at each of its versions, the latest first.
pub async fn versions(cx: &Cx, id: AgentId) -> Outcome<Vec<Version>> {
    let _may = cx.allowed(Act::AgentRead, id).await?;
    find::<Agent>(cx, id)?;
    Ok(cx.db().read(move |sql| versions::of(sql, id)).await?)
}

/// Registers an agent. It is staged: it gets no token until it is activated.
pub async fn register(cx: &Cx, new: NewAgent) -> Outcome<Arc<Agent>> {
    let _may = cx.allowed(Act::AgentManage, cx.org).await?;
    let by = cx.caller.text();
    let why = match &new.why {
        Some(why) => check::reason(why)?,
        None => "registered".to_owned(),
    };
    let mut agent = Agent {
        id: cx.env().id(),
        org: cx.org,
        name: check::agent_name(&new.name)?,
        purpose: check::text("the purpose", &new.purpose, check::LONG)?,
        use_case: use_case(new.use_case)?.kept(),
        stage: Stage::Staged,
        contained: None,
        owners: owners(new.owners)?,
        sponsor: new.sponsor,
        expires: new.expires,
        meta: Meta::new(cx.now()),
    };
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            people_exist(tx, &agent)?;
            ends_later(tx, agent.expires)?;
            agent.meta = Meta::new(tx.now());
            let agent = tx.insert(agent)?;
            history::write(tx, &agent, by, why)?;
            let recorded = tx.record(Event::AgentRegistered {
                agent: agent.id,
                owners: agent.owners.clone(),
                sponsor: agent.sponsor,
                name: Text::new(&agent.name),
                stage: Text::new(agent.stage.as_str()),
            });
            Ok::<_, Fault>(recorded.with(agent))
        })
        .await
}

fn use_case(mut case: UseCase) -> Outcome<UseCase> {
    case.task = check::text("the task of the use case", &case.task, check::LONG)?;
    case.business_owner =
        check::text("the business owner of the use case", &case.business_owner, check::SHORT)?;
    for (field, list) in [
        ("the data sources of the use case", &mut case.data_sources),
        ("the action classes of the use case", &mut case.action_classes),
    ] {
        if list.len() > MOST {
            return Err(Fault::invalid("too_many", format!("{field} are too many: name at most {MOST}")));
        }
        for item in list.iter_mut() {
            *item = check::line(field, item)?;
        }
    }
    Ok(case)
}

fn owners(mut owners: Vec<UserId>) -> Outcome<Vec<UserId>> {
    owners.sort_unstable();
    owners.dedup();
    if owners.len() > MOST {
        return Err(Fault::invalid("too_many", format!("an agent has at most {MOST} technical owners")));
    }
    Ok(owners)
}

fn people_exist(tx: &Tx<'_>, agent: &Agent) -> Outcome<()> {
    for person in agent.owners.iter().chain(&agent.sponsor) {
        referred::<User>(tx, *person)?;
    }
    Ok(())
}

fn ends_later(tx: &Tx<'_>, end: Option<Timestamp>) -> Outcome<()> {
    if end.is_none_or(|end| tx.now() < end) {
        return Ok(());
    }
    Err(Fault::invalid(
        "in_the_past",
        "the agent would have expired already: choose a later end, or retire it",
    ))
}

pub async fn update(
    cx: &Cx,
    id: AgentId,
    expected: Option<i64>,
    mut patch: AgentPatch,
) -> Outcome<Arc<Agent>> {
    let _may = cx.allowed(Act::AgentManage, id).await?;
    check_patch(&mut patch)?;
    let by = cx.caller.text();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Agent>(tx, id, expected)?;
            let mut agent = Agent::clone(&before);
            let why = patch.why.take();
            let changes = apply(&mut agent, patch);
            if changes.has("expires") {
                ends_later(tx, agent.expires)?;
            }
            if before.stage == Stage::Retired {
                return Err(Fault::conflict("agent_retired", "this agent is retired: register another"));
            }
            people_exist(tx, &agent)?;
            stays_owned(&agent)?;
            let sooner = ends_sooner(tx, &before, &agent);
            let agent = changes.write(tx, before, agent)?;
            if !changes.names().is_empty() {
                history::write(tx, &agent, by, why.clone().unwrap_or_else(|| "updated".to_owned()))?;
            }
            let why = why.as_deref().map(Text::new);
            let recorded = tx.record(Event::AgentUpdated {
                agent: id,
                changed: changes.names(),
                values: changes.values(),
                why,
            });
            if sooner {
                tx.mark(MarkKey::Agent(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(agent))
        })
        .await
}

fn check_patch(patch: &mut AgentPatch) -> Outcome<()> {
    if let Some(name) = &mut patch.name {
        *name = check::agent_name(name)?;
    }
    if let Some(purpose) = &mut patch.purpose {
        *purpose = check::text("the purpose", purpose, check::LONG)?;
    }
    if let Some(why) = &mut patch.why {
        *why = check::reason(why)?;
    }
    patch.use_case = patch.use_case.take().map(use_case).transpose()?;
    patch.owners = patch.owners.take().map(owners).transpose()?;
    Ok(())
}

fn apply(agent: &mut Agent, patch: AgentPatch) -> Changes {
    let mut changes = Changes::default();
    changes.tell("name", &mut agent.name, patch.name);
    changes.set("purpose", &mut agent.purpose, patch.purpose);
    changes.set("use_case", &mut agent.use_case, patch.use_case.map(UseCase::kept));
    changes.tell("owners", &mut agent.owners, patch.owners);
    changes.tell("sponsor", &mut agent.sponsor, patch.sponsor);
    changes.tell("expires", &mut agent.expires, patch.expires);
    changes
}

/// Nobody answers for an agent that is at work without owner and sponsor.
fn stays_owned(agent: &Agent) -> Outcome<()> {
    if matches!(agent.stage, Stage::Staged | Stage::Retired)
        || (!agent.owners.is_empty() && agent.sponsor.is_some())
    {
        return Ok(());
    }
    Err(Fault::conflict(
        "agent_needs_owner",
        "an agent at work has a technical owner and a sponsor: name others in the same change",
    ))
}

/// Whether tokens issued before may outlive the agent's new end.
fn ends_sooner(tx: &Tx<'_>, before: &Agent, after: &Agent) -> bool {
    let horizon = tx.now().plus(Application::LONGEST_LIFETIME);
    let earlier = |end: Timestamp| before.expires.is_none_or(|old| end < old);
    after.expires.is_some_and(|end| end < horizon && earlier(end))
}
