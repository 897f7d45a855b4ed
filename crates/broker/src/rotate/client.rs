//! The secret of one of this server's own OAuth clients: added beside the old one, which goes when the new one counts.

use chancery_audit::{Event, Text};
use chancery_context::Cx;
use chancery_kernel::{ClientId, Fault, Outcome};
use chancery_model::{Client, ClientSecret};
use chancery_store::Tx;

use super::Failure;
use super::apply::Job;
use crate::value::Value;

/// What is kept of a client secret.
pub(super) fn hash(cx: &Cx, value: &Value) -> Option<[u8; 32]> {
    value.get("client_secret").map(|secret| cx.vault().keyed_hash(secret))
}

pub(super) async fn add(job: &Job<'_>) -> Result<(), Failure> {
    let (Some(id), Some(hash)) = (job.secret.client, hash(job.cx, job.new)) else {
        return Err(Failure("it is no secret of a client"));
    };
    let written = job.cx.db().write(job.cx.org, job.cx.who(), move |tx| {
        let present = tx.get::<Client>(id)?;
        let mut client = Client::clone(&present);
        if client.secrets.iter().all(|kept| kept.hash != hash) {
            client.secrets.push(ClientSecret { hash, created: tx.now(), expires: None });
            tx.update(client)?;
        }
        let event = Event::ClientSecretAdded { client: id, secret: name(&hash), expires: None };
        Ok::<_, Fault>(tx.record(event).with(()))
    });
    written.await.map_err(|_| Failure("the client could not be changed"))
}

pub(super) fn proves(job: &Job<'_>) -> Result<(), Failure> {
    let hash = hash(job.cx, job.new);
    let client = job.secret.client.and_then(|id| job.cx.db().hot().clients.find(job.cx.org, id).cloned());
    let proves = client.is_some_and(|client| {
        client.enabled && client.secrets.iter().any(|kept| Some(&kept.hash) == hash.as_ref())
    });
    if proves { Ok(()) } else { Err(Failure("the client does not have the new secret, or is disabled")) }
}

/// Takes the old secret from the client, in the write that makes the new one count.
pub(super) fn forget(tx: &mut Tx<'_>, id: ClientId, gone: &[u8; 32]) -> Outcome<()> {
    let Some(present) = tx.find::<Client>(id) else { return Ok(()) };
    let mut client = Client::clone(&present);
    client.secrets.retain(|kept| kept.hash != *gone);
    tx.update(client)?;
    // Its tokens name the leases by which they were obtained, and ended with those.
    let event = Event::ClientSecretRemoved { client: id, secret: name(gone), tokens_ended: Some(false) };
    let _ = tx.record(event);
    Ok(())
}

/// The beginning of the hash, as lists have it.
fn name(hash: &[u8; 32]) -> Text {
    let text: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Text::new(&text)
}
