//! Switching an application on and off, and removing it.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AppId, Fault, OrgId, Outcome};
use chancery_model::{Application, MarkKey};
use chancery_store::Hot;

use crate::change::at;
use crate::dependents::{assignments, connections, drop_assignments, drop_connections, drop_grants, grants};
use crate::rights::builtin_fault;

/// No token is issued for it any more, and those that were are dead.
pub async fn disable(cx: &Cx, id: AppId, expected: Option<i64>) -> Outcome<Arc<Application>> {
    switch(cx, id, expected, false).await
}

/// Tokens are issued for it again; those from before stay dead.
pub async fn enable(cx: &Cx, id: AppId, expected: Option<i64>) -> Outcome<Arc<Application>> {
    switch(cx, id, expected, true).await
}

async fn switch(cx: &Cx, id: AppId, expected: Option<i64>, on: bool) -> Outcome<Arc<Application>> {
    let _may = cx.allowed(Act::ApplicationManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Application>(tx, id, expected)?;
            if before.builtin {
                return Err(builtin_fault("this application"));
            }
            if before.enabled == on {
                let (code, word) =
                    if on { ("already_enabled", "enabled") } else { ("already_disabled", "disabled") };
                return Err(Fault::conflict(code, format!("this application is {word} already")));
            }
            let app = tx.update(Application { enabled: on, ..Application::clone(&before) })?;
            let changed = vec![Text::new("enabled")];
            let recorded = tx.record(Event::ApplicationUpdated { application: id, changed, values: None });
            if !on {
                tx.mark(MarkKey::Application(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(app))
        })
        .await
}

/// Removes an application with its assignments, connections and grants. Refused while clients are its face: they
/// would be left with nothing to speak for.
pub async fn delete(cx: &Cx, id: AppId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::ApplicationManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let app = at::<Application>(tx, id, expected)?;
            if app.builtin {
                return Err(builtin_fault("this application"));
            }
            has_no_clients(tx.hot(), tx.org(), id)?;
            let recorded =
                tx.record(Event::ApplicationDeleted { application: id, name: Text::new(&app.name) });
            tx.mark(MarkKey::Application(id), recorded.pos)?;
            let of = assignments(tx.hot(), tx.org(), |a| a.application == id);
            drop_assignments(tx, &of)?;
            let of = connections(tx.hot(), tx.org(), |c| c.application == id);
            drop_connections(tx, &of)?;
            let of = grants(tx.hot(), tx.org(), |g| g.application == Some(id));
            drop_grants(tx, &of, "the application was removed")?;
            tx.delete(&app)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

fn has_no_clients(hot: &Hot, org: OrgId, id: AppId) -> Outcome<()> {
    match hot.clients.of(org).find(|c| c.application == Some(id)) {
        Some(client) => Err(Fault::conflict(
            "application_in_use",
            format!(
                "the client {} ({}) belongs to this application: delete it first",
                client.name, client.id
            ),
        )),
        None => Ok(()),
    }
}
