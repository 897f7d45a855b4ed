//! Assignments: who may use which application, and which of its scopes.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::{Act, Cx};
use chancery_kernel::{AppId, AssignmentId, Fault, OrgId, Outcome, Page, PageRequest, ScopeSet};
use chancery_model::{Agent, Application, Assignment, Client, Group, MarkKey, Meta, Principal, Stage, User};
use chancery_store::Tx;

use crate::change::{Changes, at, find, page, referred, wanted};
use crate::check;
use crate::dependents::party;
use crate::reach::{mark_all, marks_of_assignment};
use crate::rights::{Holder, administrators, builtin_fault};

#[derive(Clone, Debug)]
pub struct NewAssignment {
    pub principal: Principal,
    pub application: AppId,
    /// Absent: all scopes of the application, those to come included.
    pub scopes: Option<ScopeSet>,
}

#[derive(Clone, Debug, Default)]
pub struct AssignmentFilter {
    pub principal: Option<Principal>,
    pub application: Option<AppId>,
}

pub async fn list(
    cx: &Cx,
    request: &PageRequest,
    filter: &AssignmentFilter,
) -> Outcome<Page<Arc<Assignment>>> {
    let _may = cx.allowed(Act::AssignmentRead, cx.org).await?;
    page(cx, request, |_, a: &Assignment| {
        wanted(filter.principal.as_ref(), &a.principal) && wanted(filter.application.as_ref(), &a.application)
    })
}

pub async fn get(cx: &Cx, id: AssignmentId) -> Outcome<Arc<Assignment>> {
    let _may = cx.allowed(Act::AssignmentRead, id).await?;
    find(cx, id)
}

pub async fn assign(cx: &Cx, new: NewAssignment) -> Outcome<Arc<Assignment>> {
    let _may = cx.allowed(Act::AssignmentManage, cx.org).await?;
    let holder = Holder::of(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let app = referred::<Application>(tx, new.application)?;
            assignable(tx, new.principal)?;
            if let Some(scopes) = &new.scopes {
                check::scopes_of(&app, scopes)?;
            }
            holder.may_assign(&app, new.scopes.as_ref())?;
            if let Some(present) = tx.hot().assignment(new.principal, app.id) {
                return Err(Fault::conflict(
                    "already_assigned",
                    format!("{} is assigned already: change the scopes of {}", new.principal, present.id),
                ));
            }
            let (assignment, pos) = added(tx, new)?;
            Ok::<_, Fault>(pos.with(assignment))
        })
        .await
}

/// Writes a new assignment whose parts are known to be there.
pub(crate) fn added(
    tx: &mut Tx<'_>,
    new: NewAssignment,
) -> Outcome<(Arc<Assignment>, chancery_store::Recorded)> {
    let NewAssignment { principal, application, scopes } = new;
    let (id, org, meta) = (tx.id(), tx.org(), Meta::new(tx.now()));
    let assignment = tx.insert(Assignment { id, org, principal, application, scopes, meta })?;
    let scopes = assignment.scopes.clone();
    let event = Event::AssignmentCreated { assignment: id, principal: party(principal), application, scopes };
    Ok((assignment, tx.record(event)))
}

fn assignable(tx: &Tx<'_>, principal: Principal) -> Outcome<()> {
    match principal {
        Principal::User(id) => referred::<User>(tx, id).map(drop),
        Principal::Group(id) => referred::<Group>(tx, id).map(drop),
        Principal::Agent(id) => match referred::<Agent>(tx, id)?.stage {
            Stage::Retired => {
                Err(Fault::conflict("agent_retired", "this agent is retired: register another"))
            }
            Stage::Staged | Stage::Active | Stage::Suspended => Ok(()),
        },
        // An agent that could also act as a mere tool would slip through unnamed.
        Principal::Client(id) => match referred::<Client>(tx, id)?.agent {
            Some(agent) => Err(Fault::invalid(
                "client_of_agent",
                format!("this client is the face of {agent}: assign the agent"),
            )),
            None => Ok(()),
        },
    }
}

/// Changes the scopes. Where they shrink, tokens die of those who may use less now.
pub async fn update(
    cx: &Cx,
    id: AssignmentId,
    expected: Option<i64>,
    scopes: Option<ScopeSet>,
) -> Outcome<Arc<Assignment>> {
    let _may = cx.allowed(Act::AssignmentManage, id).await?;
    let holder = Holder::of(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Assignment>(tx, id, expected)?;
            let app = tx.get::<Application>(before.application)?;
            if let Some(scopes) = &scopes {
                check::scopes_of(&app, scopes)?;
            }
            holder.may_assign(&app, scopes.as_ref())?;
            let lost = marks_of_assignment(tx.hot(), &app, &before, Some(&scopes));
            if scopes.is_some() {
                keeps_administrators(tx, &app, &before)?;
            }
            let same = before.scopes == scopes;
            let mut changes = Changes::default();
            changes.tell("scopes", &mut before.scopes.clone(), Some(scopes.clone()));
            let after =
                if same { before } else { tx.update(Assignment { scopes, ..Assignment::clone(&before) })? };
            let recorded = tx.record(Event::AssignmentUpdated {
                assignment: id,
                principal: party(after.principal),
                application: app.id,
                scopes: after.scopes.clone(),
                changed: changes.names(),
                values: changes.values(),
            });
            mark_all(tx, lost, recorded.pos)?;
            Ok::<_, Fault>(recorded.with(after))
        })
        .await
}

/// Takes an assignment back: at once, and for nobody who still has the application another way.
pub async fn unassign(cx: &Cx, id: AssignmentId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::AssignmentManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let assignment = at::<Assignment>(tx, id, expected)?;
            let app = tx.get::<Application>(assignment.application)?;
            keeps_administrators(tx, &app, &assignment)?;
            let lost: Vec<MarkKey> = marks_of_assignment(tx.hot(), &app, &assignment, None);
            tx.delete(&assignment)?;
            let recorded = tx.record(Event::AssignmentRemoved {
                assignment: id,
                principal: party(assignment.principal),
                application: app.id,
            });
            mark_all(tx, lost, recorded.pos)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

/// Administrators without the management API would administer nothing.
fn keeps_administrators(tx: &Tx<'_>, app: &Application, assignment: &Assignment) -> Outcome<()> {
    let org: OrgId = tx.org();
    let group = administrators(tx.hot(), org).map(|group| Principal::Group(group.id));
    if app.builtin && group == Some(assignment.principal) {
        return Err(builtin_fault("the assignment of the administrators"));
    }
    Ok(())
}
