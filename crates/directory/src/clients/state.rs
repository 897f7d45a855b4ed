//! Switching a client on and off, and removing it.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{ClientId, Fault, Outcome};
use chancery_model::{Client, MarkKey, Origin, Principal};
use chancery_store::tables::families;

use crate::change::at;
use crate::check;
use crate::dependents::{assignments, drop_assignments, drop_grants, grants};
use crate::rights::builtin_fault;

/// The client is refused from now on, and every token that was issued to it is dead, refresh tokens for good.
pub async fn disable(
    cx: &Cx,
    id: ClientId,
    expected: Option<i64>,
    reason: Option<String>,
) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    let reason = reason.as_deref().map(check::reason).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            if !before.enabled {
                return Err(Fault::conflict("already_disabled", "this client is disabled already"));
            }
            let client = tx.update(Client { enabled: false, ..Client::clone(&before) })?;
            let reason = reason.as_deref().map(Text::new);
            let recorded = tx.record(Event::ClientDisabled { client: id, reason });
            tx.mark(MarkKey::Client(id), recorded.pos)?;
            let now = tx.now();
            families::end_of_client(tx.sql(), id, now)?;
            Ok::<_, Fault>(recorded.with(client))
        })
        .await
}

/// The client is answered again; tokens from before stay dead.
pub async fn enable(cx: &Cx, id: ClientId, expected: Option<i64>) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            if before.enabled {
                return Err(Fault::conflict("already_enabled", "this client is enabled already"));
            }
            let client = tx.update(Client { enabled: true, ..Client::clone(&before) })?;
            Ok::<_, Fault>(tx.record(Event::ClientEnabled { client: id }).with(client))
        })
        .await
}

/// Removes a client with its own assignments and the consents people gave to it.
pub async fn delete(cx: &Cx, id: ClientId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let client = at::<Client>(tx, id, expected)?;
            if client.builtin {
                return Err(builtin_fault("this client"));
            }
            let recorded = tx.record(Event::ClientDeleted { client: id, name: Text::new(&client.name) });
            tx.mark(MarkKey::Client(id), recorded.pos)?;
            let now = tx.now();
            families::end_of_client(tx.sql(), id, now)?;
            let of = assignments(tx.hot(), tx.org(), |a| a.principal == Principal::Client(id));
            drop_assignments(tx, &of)?;
            let of = grants(tx.hot(), tx.org(), |g| {
                // A person who keeps an agent out keeps it out through its other clients too; what they were assigned for
                // themselves is theirs at every client.
                let outlasts = match g.origin {
                    Origin::Refusal => g.agent.is_some(),
                    Origin::Assignment => g.agent.is_none(),
                    Origin::Consent | Origin::Approval => false,
                };
                g.client == id && !outlasts
            });
            drop_grants(tx, &of, "the client was removed")?;
            tx.delete(&client)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}
