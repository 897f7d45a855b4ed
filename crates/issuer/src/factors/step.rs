//! The second step: of a sign-in whose password was right, or within a session that goes on to something of weight.

use std::net::IpAddr;
use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, Outcome, RequestId, Secret, SecretKind, SessionId, secret};
use chancery_model::User;
use chancery_store::Tx;
use chancery_store::tables::sessions::{self, Session, SessionFacts};

use super::check::{Checked, Given, Prover, USE, refused};
use crate::Issuer;
use crate::sessions::{Entering, Present, SignedIn, entered};

/// Somebody who knew the password, and is nobody yet.
#[derive(Clone, Debug)]
pub struct Half {
    pub(crate) session: Session,
    pub user: Arc<User>,
}

impl Half {
    pub const fn session(&self) -> SessionId {
        self.session.id
    }
}

impl Issuer {
    /// Who is half signed in by this ticket.
    pub async fn half(&self, ticket: &Secret) -> Outcome<Option<Half>> {
        if !secret::well_formed(ticket.expose(), SecretKind::Session) {
            return Ok(None);
        }
        let hash = self.vault().keyed_hash(ticket);
        let Some(session) = self.db().read(move |sql| sessions::find_by_hash(sql, &hash)).await? else {
            return Ok(None);
        };
        if !session.facts.half || session.ended.is_some() || self.now() >= session.ends {
            return Ok(None);
        }
        let user = self.db().hot().users.find(session.org, session.user).filter(|u| u.is_active()).cloned();
        Ok(user.map(|user| Half { session, user }))
    }

    /// A challenge for a passkey on the page of this session.
    pub fn use_challenge(&self, session: SessionId) -> String {
        self.challenge(session, USE)
    }

    /// Completes a sign-in.
    pub async fn complete(
        &self,
        half: &Half,
        given: Given,
        address: Option<IpAddr>,
        request: RequestId,
        present: Option<Secret>,
    ) -> Outcome<SignedIn> {
        let by =
            Prover { org: half.session.org, user: half.user.id, session: half.session.id, address, request };
        let checked = self.check_factor(by, &given).await?;
        let cookie = secret::generate(self.env(), SecretKind::Session);
        let entering = Entering {
            user: half.user.id,
            hash: self.vault().keyed_hash(&cookie),
            present: present.as_ref().map(|c| self.vault().keyed_hash(c)),
            ends: self.now().plus(self.platform().settings.session_absolute),
            facts: with(&half.session.facts, &checked, self.now()),
        };
        let ticket = half.session.id;
        let session = self
            .db()
            .write(by.org, by.who(), move |tx| {
                // Both are used up; a proof that was used before leaves the ticket for another try.
                let now = tx.now();
                let mine = checked.use_up(tx, by.user)? && sessions::end(tx.sql(), ticket, now)?;
                if !mine {
                    let event = by.failed(checked.method(), "wrong, or used before");
                    return Ok(tx.record(event).with(Err(refused())));
                }
                Ok::<_, Fault>(entered(tx, entering)?.map(Ok))
            })
            .await??;
        let device = self.device_cookie(by.org, &half.user.login);
        Ok(SignedIn { cookie, session, user: half.user.id, device })
    }

    /// Proves a second factor in a session that stands.
    pub async fn step_up(
        &self,
        present: &Present,
        given: Given,
        address: Option<IpAddr>,
        request: RequestId,
    ) -> Outcome<()> {
        let by = Prover {
            org: present.org(),
            user: present.user.id,
            session: present.session.id,
            address,
            request,
        };
        let checked = self.check_factor(by, &given).await?;
        self.db()
            .write(by.org, by.who(), move |tx| {
                if !checked.use_up(tx, by.user)? {
                    let event = by.failed(checked.method(), "wrong, or used before");
                    return Ok(tx.record(event).with(Err(refused())));
                }
                let proven = raised(tx, by.session, |facts, now| with(facts, &checked, now))?;
                let event = Event::SecondFactorProven {
                    user: by.user,
                    session: by.session,
                    method: Text::new(checked.method()),
                    address: by.address(),
                };
                Ok::<_, Fault>(tx.record(event).with(proven))
            })
            .await?
    }
}

/// The facts of a session in which a proof was given.
fn with(facts: &SessionFacts, checked: &Checked, now: chancery_kernel::Timestamp) -> SessionFacts {
    proven(facts, checked.amr(), now)
}

pub(super) fn proven(facts: &SessionFacts, amr: &[&str], now: chancery_kernel::Timestamp) -> SessionFacts {
    let mut facts = SessionFacts { second: Some(now), half: false, ..facts.clone() };
    for method in amr {
        if facts.amr.iter().all(|known| known != method) {
            facts.amr.push((*method).to_owned());
        }
    }
    facts
}

/// Changes what is known of a session that has not ended.
pub(super) fn raised(
    tx: &mut Tx<'_>,
    session: SessionId,
    change: impl FnOnce(&SessionFacts, chancery_kernel::Timestamp) -> SessionFacts,
) -> Outcome<Outcome<()>> {
    let now = tx.now();
    let Some(found) = sessions::find(tx.sql(), session)?.filter(|s| s.ended.is_none()) else {
        return Ok(Err(Fault::not_found("session")));
    };
    let facts = change(&found.facts, now);
    sessions::amend(tx.sql(), session, &facts)?;
    Ok(Ok(()))
}
