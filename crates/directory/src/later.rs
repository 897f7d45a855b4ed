//! Organizations that an earlier build founded: what the management API learned since then is theirs too. Nobody could give
//! out a scope otherwise that their own management API does not have.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::Platform;
use chancery_kernel::{AppId, Fault, OrgId, Outcome};
use chancery_model::{Application, Assignment, Principal, ScopeRule};
use chancery_oauth::scopes::management_rules;
use chancery_store::{Tx, Who};

use crate::applications::{ApplicationPatch, apply};
use crate::builtin::{AUDITORS, read_scopes};
use crate::change::Changes;
use crate::dependents::party;

/// Adds the scopes that are new to the management API of every organization, and those for reading to its auditors. Run at
/// start; says how many organizations had to learn.
pub async fn add_new_scopes(platform: &Platform) -> Outcome<usize> {
    let behind: Vec<(OrgId, AppId)> = {
        let hot = platform.db.hot();
        let old = hot.applications.all().filter(|app| app.builtin && !missing(app).is_empty());
        old.map(|app| (app.org, app.id)).collect()
    };
    for (org, id) in &behind {
        let id = *id;
        let write = platform.db.write(*org, Who::SYSTEM, move |tx| {
            let before = tx.get::<Application>(id)?;
            let new = missing(&before);
            if new.is_empty() {
                return Err(Fault::conflict(LEARNED, "another node was faster"));
            }
            let mut after = Application::clone(&before);
            let scopes = before.scopes.iter().cloned().chain(new).collect();
            let changes = apply(&mut after, ApplicationPatch { scopes: Some(scopes), ..Default::default() });
            let after = changes.write(tx, Arc::clone(&before), after)?;
            let event = Event::ApplicationUpdated {
                application: id,
                changed: changes.names(),
                values: changes.values(),
            };
            let recorded = tx.record(event);
            tell_auditors(tx, &before, &after)?;
            Ok::<_, Fault>(recorded.with(()))
        });
        match write.await {
            Err(fault) if fault.code == LEARNED => {}
            done => done?,
        }
    }
    Ok(behind.len())
}

const LEARNED: &str = "learned";

fn missing(app: &Application) -> Vec<ScopeRule> {
    management_rules().into_iter().filter(|rule| app.rule(rule.name.as_str()).is_none()).collect()
}

/// Who may read everything may read what is new. Auditors whose scopes somebody chose keep those.
fn tell_auditors(tx: &mut Tx<'_>, old: &Application, app: &Application) -> Outcome<()> {
    let group = tx.hot().groups.of(app.org).find(|group| group.name == AUDITORS).map(|group| group.id);
    let assigned = group.and_then(|group| tx.hot().assignment(Principal::Group(group), app.id).cloned());
    let Some(before) = assigned else { return Ok(()) };
    let Some(scopes) = before.scopes.clone().filter(|scopes| read_scopes(old).is_subset(scopes)) else {
        return Ok(());
    };
    let mut changes = Changes::default();
    let mut after = Assignment::clone(&before);
    changes.tell("scopes", &mut after.scopes, Some(Some(scopes.union(&read_scopes(app)))));
    let after = tx.update(after)?;
    let _ = tx.record(Event::AssignmentUpdated {
        assignment: after.id,
        principal: party(after.principal),
        application: app.id,
        scopes: after.scopes.clone(),
        changed: changes.names(),
        values: changes.values(),
    });
    Ok(())
}
