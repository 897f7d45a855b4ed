//! Connections: which application an agent may reach, and for which scopes it has to ask.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::{Act, Cx};
use chancery_kernel::{
    AgentId, AppId, ConnectionId, Fault, Outcome, Page, PageRequest, ScopeSet, Seconds, Timestamp,
};
use chancery_model::{Agent, Application, Approvers, Connection, MarkKey, Meta};
use chancery_store::Tx;

use crate::approvers;
use crate::change::{Changes, at, find, page, referred, wanted};
use crate::check;
use crate::reach::narrowed;
use crate::rights::Holder;

#[derive(Clone, Debug)]
pub struct NewConnection {
    pub agent: AgentId,
    pub application: AppId,
    pub auto: ScopeSet,
    pub approval: ScopeSet,
    pub never: ScopeSet,
    pub approver: Approvers,
    pub asks_by_itself: bool,
    pub longest_lifetime: Option<Seconds>,
    pub ends: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct ConnectionPatch {
    pub auto: Option<ScopeSet>,
    pub approval: Option<ScopeSet>,
    pub never: Option<ScopeSet>,
    pub approver: Option<Approvers>,
    pub asks_by_itself: Option<bool>,
    pub longest_lifetime: Option<Option<Seconds>>,
    pub ends: Option<Option<Timestamp>>,
}

#[derive(Clone, Debug, Default)]
pub struct ConnectionFilter {
    pub agent: Option<AgentId>,
    pub application: Option<AppId>,
}

pub async fn list(
    cx: &Cx,
    request: &PageRequest,
    filter: &ConnectionFilter,
) -> Outcome<Page<Arc<Connection>>> {
    let _may = cx.allowed(Act::ConnectionRead, cx.org).await?;
    page(cx, request, |_, c: &Connection| {
        wanted(filter.agent.as_ref(), &c.agent) && wanted(filter.application.as_ref(), &c.application)
    })
}

pub async fn get(cx: &Cx, id: ConnectionId) -> Outcome<Arc<Connection>> {
    let _may = cx.allowed(Act::ConnectionRead, id).await?;
    find(cx, id)
}

/// Connects an agent. Where the connection is stricter than the application's own tiers, which held until now, tokens
/// of this agent for this application die.
pub async fn create(cx: &Cx, new: NewConnection) -> Outcome<Arc<Connection>> {
    let _may = cx.allowed(Act::ConnectionManage, cx.org).await?;
    let holder = Holder::of(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let agent = referred::<Agent>(tx, new.agent)?;
            let app = referred::<Application>(tx, new.application)?;
            if let Some(present) = tx.hot().connection(agent.id, app.id) {
                return Err(Fault::conflict(
                    "already_connected",
                    format!("this agent is connected to this application: change {}", present.id),
                ));
            }
            let connection = Connection {
                id: tx.id(),
                org: tx.org(),
                agent: agent.id,
                application: app.id,
                auto: new.auto,
                approval: new.approval,
                never: new.never,
                approver: new.approver,
                asks_by_itself: new.asks_by_itself,
                longest_lifetime: new.longest_lifetime,
                ends: new.ends,
                meta: Meta::new(tx.now()),
            };
            sound(tx, &app, &connection)?;
            ends_later(tx, connection.ends)?;
            holder.may_loosen(&app, None, Some(&connection), tx.now())?;
            let stricter = narrowed(&app, None, Some(&connection));
            let connection = tx.insert(connection)?;
            let recorded = tx.record(created(&connection));
            if stricter {
                tx.mark(MarkKey::AgentApplication(agent.id, app.id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(connection))
        })
        .await
}

fn created(c: &Connection) -> Event {
    Event::ConnectionCreated {
        connection: c.id,
        agent: c.agent,
        application: c.application,
        auto: c.auto.clone(),
        approval: c.approval.clone(),
        never: c.never.clone(),
    }
}

/// Scopes the application has, each in one tier; limits that are some.
fn sound(tx: &Tx<'_>, app: &Application, c: &Connection) -> Outcome<()> {
    for tier in [&c.auto, &c.approval, &c.never] {
        check::scopes_of(app, tier)?;
    }
    let overlap = c.auto.intersection(&c.approval).union(&c.auto.union(&c.approval).intersection(&c.never));
    if !overlap.is_empty() {
        return Err(Fault::invalid(
            "two_tiers",
            format!("{overlap} stands in two tiers: a scope is auto, approval or never"),
        ));
    }
    approvers::sound(tx, &c.approver)?;
    let longest = Application::LONGEST_LIFETIME.0;
    if c.longest_lifetime.is_some_and(|s| !(1..=longest).contains(&s.0)) {
        return Err(Fault::invalid(
            "bad_lifetime",
            format!("the longest lifetime is 1 to {longest} seconds"),
        ));
    }
    Ok(())
}

fn ends_later(tx: &Tx<'_>, ends: Option<Timestamp>) -> Outcome<()> {
    if ends.is_none_or(|end| tx.now() < end) {
        return Ok(());
    }
    Err(Fault::invalid(
        "in_the_past",
        "the connection would have ended already: choose a later end, or delete it",
    ))
}

/// Changes a connection. Where it becomes stricter, tokens of this agent for this application die, and no others.
pub async fn update(
    cx: &Cx,
    id: ConnectionId,
    expected: Option<i64>,
    patch: ConnectionPatch,
) -> Outcome<Arc<Connection>> {
    let _may = cx.allowed(Act::ConnectionManage, id).await?;
    let holder = Holder::of(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Connection>(tx, id, expected)?;
            let app = tx.get::<Application>(before.application)?;
            let mut after = Connection::clone(&before);
            let changes = apply(&mut after, patch);
            sound(tx, &app, &after)?;
            if changes.has("ends") {
                ends_later(tx, after.ends)?;
            }
            holder.may_loosen(&app, Some(&before), Some(&after), tx.now())?;
            let stricter = narrowed(&app, Some(&before), Some(&after));
            let after = changes.write(tx, before, after)?;
            let recorded = tx.record(Event::ConnectionUpdated {
                connection: id,
                agent: after.agent,
                application: app.id,
                auto: after.auto.clone(),
                approval: after.approval.clone(),
                never: after.never.clone(),
                changed: changes.names(),
                values: changes.values(),
            });
            if stricter {
                tx.mark(MarkKey::AgentApplication(after.agent, app.id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(after))
        })
        .await
}

fn apply(c: &mut Connection, patch: ConnectionPatch) -> Changes {
    let mut changes = Changes::default();
    changes.tell("auto", &mut c.auto, patch.auto);
    changes.tell("approval", &mut c.approval, patch.approval);
    changes.tell("never", &mut c.never, patch.never);
    changes.tell("approver", &mut c.approver, patch.approver);
    changes.tell("asks_by_itself", &mut c.asks_by_itself, patch.asks_by_itself);
    changes.tell("longest_lifetime", &mut c.longest_lifetime, patch.longest_lifetime);
    changes.tell("ends", &mut c.ends, patch.ends);
    changes
}

/// Removes a connection; the application's own tiers hold from now on.
pub async fn delete(cx: &Cx, id: ConnectionId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::ConnectionManage, id).await?;
    let holder = Holder::of(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let c = at::<Connection>(tx, id, expected)?;
            let app = tx.get::<Application>(c.application)?;
            holder.may_loosen(&app, Some(&c), None, tx.now())?;
            tx.delete(&c)?;
            let recorded = tx.record(Event::ConnectionDeleted {
                connection: id,
                agent: c.agent,
                application: c.application,
            });
            tx.mark(MarkKey::AgentApplication(c.agent, c.application), recorded.pos)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}
