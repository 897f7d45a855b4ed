//! An access request, filed because an exchange was refused for nothing but a person's missing yes.
//!
//! The agent asks for it with `request_approval=true`. The answer stays a refusal, `approval_required`; it names the
//! question, and when to try again. A yes makes a grant for a quarter of an hour, and the same exchange then succeeds: no
//! longer than the grant.

use std::sync::Arc;

use chancery_audit::{Digest, Event, Text};
use chancery_kernel::{ApprovalId, Fault, ScopeSet, Seconds};
use chancery_model::{Application, Approval, Approvers, Meta, State, User, Weight};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_policy::Verdict;
use chancery_policy::approval::{self, Asking};
use chancery_store::tables::approvals;
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::bc_authorize::{account, checks, number};
use crate::decide::{self, Parties};
use crate::grants::settle::{self, Wanted};
use crate::grants::unavailable;

/// How long a permission lasts.
const GRANTED_FOR: Seconds = Seconds(900);
/// How long the question stands.
const EXPIRY: Seconds = Seconds(900);
/// How soon it is worth while to try again.
const AGAIN: Seconds = Seconds(5);

/// What became of the wish to file a question.
enum Filed {
    /// It was put now, or waits already.
    Waits(ApprovalId, Option<String>),
    /// The person has just said no.
    Denied(ApprovalId),
    /// There is nothing to ask, nobody to ask, or too much was asked.
    Not,
}

impl Issuer {
    /// The refusal, and with it the question that was filed because of it.
    pub(crate) async fn with_request(
        &self,
        who: Who,
        filing: Option<Wanted>,
        error: OAuthError,
    ) -> Result<OAuthError, OAuthError> {
        let Some(wanted) = filing.filter(|_| error.reason() == Some("approval_required")) else {
            return Ok(error);
        };
        let (org, hash) = (wanted.ask.org, self.env().bytes::<32>());
        let filed = self.db().write(org, who, move |tx| file(tx, &wanted, &hash)).await;
        Ok(match filed.map_err(|f: Fault| unavailable(f))? {
            Filed::Waits(id, number) => {
                error.with_approval(id.to_string()).with_number(number).with_interval(AGAIN)
            }
            Filed::Denied(id) => {
                let text = "the person said no to this a moment ago";
                let denied = OAuthError::new(ErrorCode::AccessDenied, text);
                denied.with_reason("approval_denied").with_approval(id.to_string())
            }
            Filed::Not => error,
        })
    }
}

fn file(tx: &mut Tx<'_>, wanted: &Wanted, hash: &[u8; 32]) -> Result<Audited<Filed>, Fault> {
    let Some((parties, user, application)) = about(tx, wanted) else {
        return Ok(not_filed(tx, wanted, "the parties changed meanwhile", Filed::Not));
    };
    let now = tx.now();
    let decided = decide::over(tx.hot(), now, &wanted.ask, parties.clone(), &application);
    let Verdict::NeedsApproval { scopes, approvers, .. } = decided.verdict else {
        return Ok(not_filed(tx, wanted, "nothing but a yes was missing, and that has changed", Filed::Not));
    };
    let Some(agent) = parties.client.agent else {
        return Ok(not_filed(tx, wanted, "only agents ask", Filed::Not));
    };
    let same = |a: &&Approval| {
        a.grants_for.is_some()
            && a.agent == Some(agent)
            && a.application == Some(application.id)
            && scopes.is_subset(&a.scopes)
    };
    let org = tx.org();
    let live = approvals::live_of_user(tx.sql(), org, user.id)?;
    if let Some(waiting) = live.iter().filter(same).find(|a| a.state_at(now) == State::Pending) {
        return Ok(not_filed(
            tx,
            wanted,
            "the same question waits already",
            Filed::Waits(waiting.id, waiting.number.clone()),
        ));
    }
    let denied = approvals::denied_since(tx.sql(), org, user.id, agent, now.minus(approval::LOOK_BACK))?;
    if let Some(denied) = denied.iter().filter(same).find(|a| approval::just_denied(a, now)) {
        return Ok(not_filed(tx, wanted, "they said no to it a moment ago", Filed::Denied(denied.id)));
    }
    if let Some(why) = checks::too_many(tx, user.id, agent)? {
        return Ok(not_filed(tx, wanted, why, Filed::Not));
    }
    let mut asked = draft(tx, wanted, &parties, (&user, &application), (scopes, &approvers), hash);
    asked.number = number(tx, &asked);
    if !chancery_context::somebody_answers(tx.hot(), &asked) {
        return Ok(not_filed(tx, wanted, "nobody is there who may answer", Filed::Not));
    }
    put(tx, wanted, &parties, &application, asked, hash)
}

/// Whom and what it is about. Only an agent that speaks for itself asks: in a chain another one may need the yes.
fn about(tx: &Tx<'_>, wanted: &Wanted) -> Option<(Parties, Arc<User>, Arc<Application>)> {
    let parties = Parties::read(tx.hot(), &wanted.ask)?;
    let user = parties.user.clone()?;
    let application = settle::target(tx.hot(), wanted, &parties).ok().flatten()?;
    (parties.agents.len() == 1).then_some((parties, user, application))
}

fn sentences(
    tx: &Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    (user, application): (&User, &Application),
    (scopes, weights): (&ScopeSet, &[Weight]),
) -> Vec<chancery_model::Sentence> {
    let agent = parties.agents.first();
    let sponsor = agent.and_then(|agent| tx.hot().users.find(agent.org, agent.sponsor?));
    approval::sentences(&Asking {
        agent: agent.map(|agent| &**agent),
        client: &parties.client,
        sponsor: sponsor.map(|user| &**user),
        user,
        run: wanted.run,
        application: Some(application),
        scopes,
        identity: &[],
        tasks: &[],
        binding_message: None,
        lifetime: GRANTED_FOR,
        once: false,
        weights,
    })
}

fn draft(
    tx: &Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    (user, application): (&User, &Application),
    (scopes, approvers): (ScopeSet, &[Approvers]),
    hash: &[u8; 32],
) -> Approval {
    let now = tx.now();
    let weights = approval::weights(Some(application), &scopes, &[]);
    let sentences = sentences(tx, wanted, parties, (user, application), (&scopes, &weights));
    Approval {
        id: tx.id(),
        org: tx.org(),
        state: State::Pending,
        ticket: approvals::ticket(hash),
        user: user.id,
        client: parties.client.id,
        agent: parties.client.agent,
        run: wanted.run,
        application: Some(application.id),
        resource: Some(application.resource.clone()),
        secret: None,
        scopes,
        identity: ScopeSet::empty(),
        details: Vec::new(),
        seen: approval::hex(&approval::digest(&sentences)),
        sentences,
        needs: approval::needs(approvers, &[]),
        weights,
        number: None,
        misses: 0,
        escalated: false,
        reported: false,
        answers: Vec::new(),
        grant: tx.id(),
        lifetime: None,
        grants_for: Some(GRANTED_FOR),
        interval: AGAIN,
        lapses: now.plus(EXPIRY),
        needs_factor: false,
        notify: None,
        closed: None,
        meta: Meta::new(now),
    }
}

fn put(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    application: &Application,
    asked: Approval,
    hash: &[u8; 32],
) -> Result<Audited<Filed>, Fault> {
    let asked = tx.ask(asked, hash)?;
    let evidence = account(parties, Some(application), &asked, &wanted.issuer);
    let recorded = tx.record(Event::ApprovalRequested {
        approval: asked.id,
        evidence,
        seen: Digest(approval::digest(&asked.sentences)),
        message: None,
        lapses: asked.lapses,
    });
    Ok(recorded.with(Filed::Waits(asked.id, asked.number.clone())))
}

fn not_filed(tx: &mut Tx<'_>, wanted: &Wanted, why: &'static str, filed: Filed) -> Audited<Filed> {
    let agent = tx.hot().clients.find(wanted.ask.org, wanted.ask.client).and_then(|client| client.agent);
    let user = wanted.ask.user.map(|(user, _)| user);
    let event = match user {
        Some(user) => {
            Event::ApprovalRefused { user, client: wanted.ask.client, agent, reason: Text::new(why) }
        }
        // Without a person there is nobody to ask, and the refusal says all of it.
        None => Event::ClientTokenDecided {
            client: wanted.ask.client,
            application: None,
            jti: None,
            scopes: wanted.ask.requested.clone(),
            allow: false,
            expires: None,
            reasons: vec![Text::new(why)],
        },
    };
    tx.record(event).with(filed)
}
