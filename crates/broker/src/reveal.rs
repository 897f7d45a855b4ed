//! Handing a secret out. One write reads reach, policy, permission and leases, decides, lends and records; the seal is
//! opened only after that write is on the disk.

mod lend;
mod permit;

use std::sync::Arc;

use chancery_audit::evidence::Verdict;
use chancery_audit::{Event, Evidence, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{
    ApprovalId, Fault, GrantId, Kind, Outcome, RunId, Seconds, SecretId, Timestamp, UserId,
};
use chancery_model::{Folder, Lease, Tier, Vaulted};
use chancery_store::tables::secrets::{self, SealedVersion};
use chancery_store::{Audited, Recorded, Tx};
use chancery_vault::Place;

use crate::evidence::{self, Said};
use crate::place::{Spot, unknown};
use crate::reach::{self, Asker};
use crate::value::Value;

/// What is asked for, beside the secret.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// For whom, where the token does not say: sign-in name, e-mail address or id. A claim, until that person says yes.
    pub user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it.
    pub task: String,
    /// A request that was filed earlier.
    pub request: Option<ApprovalId>,
    /// How long the question stands, where that is less than usual.
    pub expiry: Option<Seconds>,
    /// Under a lease, also where the policy asks for none.
    pub checkout: bool,
    /// To nobody else meanwhile.
    pub exclusive: bool,
    /// Of the lease, at most.
    pub lifetime: Option<Seconds>,
}

/// A secret, handed out.
#[derive(Debug)]
pub struct Handed {
    pub secret: Vaulted,
    pub version: i64,
    pub value: Value,
    pub lease: Option<Lease>,
    /// The permission it rests on.
    pub grant: Option<GrantId>,
    pub until: Option<Timestamp>,
}

/// A person has to say yes first.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    pub request: ApprovalId,
    pub lapses: Timestamp,
    /// When it is worth while to look again.
    pub again: Seconds,
}

#[derive(Debug)]
pub enum Revealed {
    Handed(Box<Handed>),
    Waiting(Waiting),
}

/// What the write decided.
enum Decided {
    Out(Box<Out>),
    Waiting(ApprovalId, Timestamp),
    Refused(Fault),
}

/// A value on its way out, still sealed.
struct Out {
    secret: Vaulted,
    version: SealedVersion,
    lease: Option<Lease>,
    grant: Option<GrantId>,
    until: Option<Timestamp>,
}

/// Hands a secret out, or says what is missing.
pub async fn reveal(cx: &Cx, spot: &Spot, wanted: Wanted) -> Outcome<Revealed> {
    let _may = cx.allowed(Act::SecretReveal, spot.shown()).await?;
    let Some(asker) = Asker::of(&cx.caller) else {
        cx.denied(Act::SecretReveal, spot.shown(), "no page takes a secret out of the vault").await?;
        return Err(unknown());
    };
    let ask = Ask {
        asker,
        place: spot.shown(),
        spot: spot.clone(),
        run: cx.evidence.as_ref().and_then(|evidence| evidence.task.run),
        call: cx.evidence.clone(),
        wanted,
    };
    let decided = cx.db().write(cx.org, cx.who(), move |tx| ask.decide(tx)).await?;
    match decided {
        Decided::Refused(fault) => Err(fault),
        Decided::Waiting(request, lapses) => {
            Ok(Revealed::Waiting(Waiting { request, lapses, again: crate::ask::AGAIN }))
        }
        Decided::Out(out) => opened(cx, *out).await.map(|handed| Revealed::Handed(Box::new(handed))),
    }
}

async fn opened(cx: &Cx, out: Out) -> Outcome<Handed> {
    let Out { secret, version, lease, grant, until } = out;
    let (facts, place) = (&version.facts, Place { secret: secret.id, number: version.facts.number });
    let key = cx.vault().data_key_of(cx.org, facts.data_key).await?;
    let value = Value::open(&key.unseal(place, &version.sealed)?)?;
    Ok(Handed { version: facts.number, secret, value, lease, grant, until })
}

/// One asking, as the write sees it.
struct Ask {
    asker: Asker,
    spot: Spot,
    place: String,
    /// The task that the token belongs to.
    run: Option<RunId>,
    call: Option<Arc<Evidence>>,
    wanted: Wanted,
}

/// By what it may go out.
struct Permit {
    user: Option<UserId>,
    run: Option<RunId>,
    grant: Option<(GrantId, Option<Timestamp>)>,
    rule: String,
}

impl Ask {
    fn decide(&self, tx: &mut Tx<'_>) -> Outcome<Audited<Decided>> {
        let (now, org) = (tx.now(), tx.org());
        let Some(folder) = self.spot.folder(tx.hot(), org) else {
            return Ok(self.refused(tx, None, "there is no such folder", unknown()));
        };
        let Some(secret) = self.spot.find(tx.sql(), org, &folder)? else {
            return Ok(self.refused(tx, None, "there is no such secret", unknown()));
        };
        let id = Some(secret.id);
        if !self.asker.is_live(tx.hot(), org, now) {
            return Ok(self.refused(tx, id, "whoever asks may not act now", unknown()));
        }
        let permit = match reach::tier(tx.hot(), now, &self.asker, &folder, &secret) {
            None => return Ok(self.refused(tx, id, "nothing connects whoever asks to it", unknown())),
            Some(Tier::Never) => return Ok(self.refused(tx, id, "its tier is never", unknown())),
            Some(Tier::Auto) => self.by_tier(),
            Some(Tier::Approval) => match self.permitted(tx, &folder, &secret)? {
                Ok(permit) => permit,
                Err(other) => return Ok(other),
            },
        };
        self.hand_out(tx, &folder, secret, permit)
    }

    /// Tier `auto`: for the person of the token, if any. What the agent says of a person proves nothing.
    fn by_tier(&self) -> Permit {
        Permit { user: self.asker.user, run: self.run, grant: None, rule: "tier auto".to_owned() }
    }

    fn hand_out(
        &self,
        tx: &mut Tx<'_>,
        folder: &Folder,
        secret: Vaulted,
        permit: Permit,
    ) -> Outcome<Audited<Decided>> {
        let policy = reach::policy(folder, &secret).clone();
        let lent = policy.checkout || self.wanted.checkout || self.wanted.exclusive;
        let lease = match lent.then(|| self.lend(tx, &policy, &secret, &permit)).transpose()? {
            Some(Err(fault)) => {
                return Ok(self.refused(tx, Some(secret.id), "somebody else has it", fault));
            }
            Some(Ok(lease)) => Some(lease),
            None => None,
        };
        // Whoever has a lease is given what they were lent, also when it was rotated meanwhile.
        let number = lease.as_ref().map_or(secret.current, |lease| lease.number);
        let org = tx.org();
        let version = secrets::value(tx.sql(), org, secret.id, number)?
            .ok_or_else(|| Fault::internal(format!("{} has no version {number}", secret.id)))?;
        let grant = permit.grant.map(|(id, _)| id);
        let until = lease.as_ref().map(|lease| lease.until).or(permit.grant.and_then(|(_, until)| until));
        let said = Said {
            verdict: Verdict::Allow,
            by: &permit.rule,
            outcome: "handed out",
            place: &self.place,
            user: permit.user,
            run: permit.run,
        };
        let (id, client, user, version_no) = (secret.id, self.asker.client, permit.user, number);
        let under = lease.as_ref().map(|lease| lease.id);
        let recorded = tx.record(match evidence::of(tx.hot(), self.call.as_ref(), &said) {
            Some(evidence) => Event::SecretRevealed {
                secret: id,
                lease: under,
                grant,
                user,
                client,
                version: version_no,
                until,
                evidence,
            },
            None => Event::SecretTaken {
                secret: id,
                lease: under,
                grant,
                user,
                client,
                version: version_no,
                until,
            },
        });
        Ok(recorded.with(Decided::Out(Box::new(Out { secret, version, lease, grant, until }))))
    }

    fn refused(
        &self,
        tx: &mut Tx<'_>,
        secret: Option<SecretId>,
        reason: &str,
        fault: Fault,
    ) -> Audited<Decided> {
        self.note(tx, secret, Verdict::Deny, reason).with(Decided::Refused(fault))
    }

    fn note(&self, tx: &mut Tx<'_>, secret: Option<SecretId>, verdict: Verdict, reason: &str) -> Recorded {
        let outcome = if verdict == Verdict::Pending { "asked" } else { "refused" };
        let (user, run) = (self.asker.user, self.run);
        let said = Said { verdict, by: reason, outcome, place: &self.place, user, run };
        let (client, place, reason) = (Some(self.asker.client), Text::new(&self.place), Text::new(reason));
        tx.record(match evidence::of(tx.hot(), self.call.as_ref(), &said) {
            Some(evidence) => Event::SecretRefused { secret, user, client, place, reason, evidence },
            None => Event::SecretNotTaken { secret, user, client, place, reason },
        })
    }
}

/// Somebody else has the secret, and nobody may have it beside them.
fn lent_out(until: Timestamp) -> Fault {
    let text = format!("this secret is lent to somebody else until {until}: try again when it is returned");
    Fault::new(Kind::Conflict, "lent_out", text)
}
