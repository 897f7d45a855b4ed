//! Tokens of a client whose secret lies in the vault. They are for the person that the secret was lent for, come no other
//! way, and end with the lease: at the latest when it ends, and at once when it is ended.

use std::sync::Arc;

use chancery_kernel::{Fault, Timestamp, UserId};
use chancery_model::{Client, Lease, User};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_policy::Proof;
use chancery_store::tables::leases;
use chancery_store::{Audited, Tx};

use crate::grants::refusal::{self, Known};
use crate::grants::settle::{Settled, Wanted};

/// The lease by which this client may have a token now; none for clients whose secret is not in the vault.
pub(super) fn of(
    tx: &mut Tx<'_>,
    client: &Client,
    act_as: Option<&str>,
) -> Result<Result<Option<Lease>, OAuthError>, Fault> {
    let refused = |reason, text: &'static str| {
        Ok(Err(OAuthError::new(ErrorCode::AccessDenied, text).with_reason(reason)))
    };
    // As the write sees it: it may have been put into the vault since the client proved itself.
    let vaulted =
        tx.hot().clients.find(client.org, client.id).and_then(|client| client.vaulted.as_deref().copied());
    let Some(secret) = vaulted else {
        let text =
            "act_as is for clients whose secret the vault lends: exchange a token of the person instead";
        return Ok(if act_as.is_some() { Err(OAuthError::invalid_request(text)) } else { Ok(None) });
    };
    let (org, now) = (tx.org(), tx.now());
    let mut all = leases::in_force(tx.sql(), org, secret, now)?;
    all.retain(|lease| lease.agent == client.agent && leases::stands(tx.hot(), lease, now));
    if all.is_empty() {
        return refused(
            "lease_missing",
            "the secret of this client is not lent to you now: take it out of the vault",
        );
    }
    if let Some(named) = act_as {
        let hot = tx.hot();
        let theirs = |id: UserId| hot.users.find(org, id).is_some_and(|user| is(user, named));
        all.retain(|lease| lease.user.is_some_and(theirs));
    }
    let Some(last) = all.iter().max_by_key(|lease| lease.until).cloned() else {
        return refused("lease_missing", "the secret of this client is not lent to you for this person now");
    };
    if all.iter().any(|lease| lease.user != last.user) {
        return refused("person_missing", "the secret is lent to you for several people: name one in act_as");
    }
    Ok(Ok(Some(last)))
}

fn is(user: &User, named: &str) -> bool {
    user.id.to_string() == named
        || user.login.eq_ignore_ascii_case(named)
        || user.email.eq_ignore_ascii_case(named)
}

/// The request as the lease bounds it: its person, who said yes or came with a token of theirs; its task; its end.
pub(super) fn under(mut wanted: Wanted, lease: Option<Lease>, now: Timestamp) -> Wanted {
    if let Some(lease) = lease {
        wanted.ask.user = lease.user.map(|user| (user, Proof::Grant));
        wanted.ask.lifetime = Some(lease.until.since(now));
        wanted.run = lease.run;
        wanted.lease = Some(Box::new(lease));
    }
    wanted
}

pub(super) fn refuse(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    client: &Arc<Client>,
    error: OAuthError,
) -> Audited<Settled> {
    let known = Known {
        grant_type: wanted.grant_type,
        resource: wanted.resource.clone(),
        scopes: wanted.ask.requested.clone(),
        ..Known::default()
    };
    let why = error.reason().unwrap_or("act_as without a lease");
    refusal::refuse(tx, client, &known, why, error).map(Settled::Refused)
}
