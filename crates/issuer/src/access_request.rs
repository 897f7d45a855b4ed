//! An access request, filed because an exchange was refused for nothing but a person's missing yes.
//!
//! The agent asks for it with `request_approval=true`, or its connection says so once and for all. The answer stays a
//! refusal, `approval_required`; it names the question, where to wait, and when to try again. A yes makes a grant for a
//! quarter of an hour, and the same exchange then succeeds: no longer than the grant. [`wish`] files it without an attempt.

mod assign;
mod emergency;
mod wish;

use std::sync::Arc;

use chancery_audit::{Digest, Event, Text};
use chancery_kernel::{ApprovalId, Fault, Kind, ScopeSet, Seconds, Timestamp};
use chancery_model::{Access, Application, Approval, Approvers, Meta, State, User, Weight};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_policy::approval::{self, Asking};
use chancery_policy::{Verdict, caller_text};
use chancery_store::tables::approvals;
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::bc_authorize::{account, number};
use crate::decide::{self, Parties};
use crate::grants::settle::{self, Wanted};
use crate::grants::unavailable;

pub use wish::Wish;

/// How long a permission lasts, if nobody says how long.
const GRANTED_FOR: Seconds = Seconds(900);
/// How long the question stands.
const EXPIRY: Seconds = Seconds(900);
/// How soon it is worth while to try again.
const AGAIN: Seconds = Seconds(5);

/// What is to be filed.
struct Filing {
    wanted: Wanted,
    hash: [u8; 32],
    access: Access,
    length: Seconds,
    /// The agent that asks acts for nobody: whom it is asked of is its sponsor.
    alone: bool,
}

/// What became of the wish to file a question.
enum Filed {
    /// It was put now, or waits already.
    Waits(ApprovalId, Option<String>),
    /// The person has just said no.
    Denied(ApprovalId),
    /// There is nothing to ask, nobody to ask, or too much was asked.
    Not(Fault),
}

impl Issuer {
    /// The refusal, and with it the question that was filed because of it.
    pub(crate) async fn with_request(
        &self,
        who: Who,
        (wanted, asked_for): (Wanted, bool),
        error: OAuthError,
    ) -> Result<OAuthError, OAuthError> {
        if error.reason() != Some("approval_required") || !(asked_for || self.asks_by_itself(&wanted)) {
            return Ok(error);
        }
        let (hash, access) = (self.env().bytes(), Access::default());
        let filing = Filing { wanted, hash, access, length: GRANTED_FOR, alone: false };
        let filed = self.db().write(filing.wanted.ask.org, who, move |tx| file(tx, &filing)).await;
        Ok(match filed.map_err(|f: Fault| unavailable(f))? {
            Filed::Waits(id, number) => {
                let wait = self.platform().settings.url(&format!("/api/v1/requests/{id}?wait=30"));
                error.with_approval(id.to_string()).with_number(number).with_wait(wait).with_interval(AGAIN)
            }
            Filed::Denied(id) => {
                let text = "the person said no to this a moment ago";
                let denied = OAuthError::new(ErrorCode::AccessDenied, text);
                denied.with_reason("approval_denied").with_approval(id.to_string())
            }
            Filed::Not(_) => error,
        })
    }

    /// Whether the agent's connection to what was asked for files the question by itself.
    fn asks_by_itself(&self, wanted: &Wanted) -> bool {
        let hot = self.db().hot();
        let Some(parties) = Parties::read(&hot, &wanted.ask) else { return false };
        let application = settle::target(&hot, wanted, &parties).ok().flatten();
        let connection = parties.client.agent.zip(application);
        connection.and_then(|(agent, app)| hot.connection(agent, app.id)).is_some_and(|c| c.asks_by_itself)
    }
}

fn file(tx: &mut Tx<'_>, filing: &Filing) -> Result<Audited<Filed>, Fault> {
    let wanted = &filing.wanted;
    let Some((parties, user, application)) = about(tx, filing) else {
        let fault =
            Fault::conflict("parties_changed", "who or what this is about has changed: read it again");
        return Ok(not_filed(tx, wanted, "the parties changed meanwhile", Filed::Not(fault)));
    };
    let agent = parties.client.agent;
    let (scopes, approvers) = match lacking(tx, filing, &parties, &application) {
        Ok(lacking) => lacking,
        Err(fault) => {
            let why = "nothing but a yes was missing, and that has changed";
            return Ok(not_filed(tx, wanted, why, Filed::Not(*fault)));
        }
    };
    let now = tx.now();
    let assigns = |a: &Approval| a.access.as_ref().is_some_and(|access| access.assigns);
    let starts = |a: &Approval| a.access.as_ref().and_then(|access| access.starts);
    let same = |a: &&Approval| {
        a.grants_for.is_some()
            && a.agent == agent
            && assigns(a) == filing.access.assigns
            && starts(a) == filing.access.starts
            && a.application == Some(application.id)
            && scopes.is_subset(&a.scopes)
    };
    let org = tx.org();
    let live = tx.live_of_user(user.id);
    if let Some(waiting) = live.iter().map(|a| &**a).filter(same).find(|a| a.state_at(now) == State::Pending)
    {
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
    if let Some(why) = chancery_context::left_alone(tx, user.id, agent)? {
        let fault =
            Fault::new(Kind::TooMany, "asked_too_often", format!("this person is not asked now: {why}"));
        return Ok(not_filed(tx, wanted, why, Filed::Not(fault)));
    }
    let mut asked = draft(tx, filing, &parties, (&user, &application), (scopes, &approvers));
    asked.number = number(tx, &asked);
    if !chancery_context::somebody_answers(tx.hot(), &asked) {
        let text = "nobody is there who may answer this: ask an administrator to name an approver";
        let fault = Fault::conflict("nobody_to_ask", text);
        return Ok(not_filed(tx, wanted, "nobody is there who may answer", Filed::Not(fault)));
    }
    put(tx, filing, &parties, &application, asked)
}

/// The scopes for which nothing but a yes is missing, and whose yes that is. A permission in force that is to last longer
/// needs the same yes again: that of its connection, and of its scopes.
fn lacking(
    tx: &Tx<'_>,
    filing: &Filing,
    parties: &Parties,
    application: &Arc<Application>,
) -> Result<(ScopeSet, Vec<Approvers>), Box<Fault>> {
    let ask = &filing.wanted.ask;
    if filing.access.assigns {
        return assign::lacking(tx, filing, parties, application);
    }
    let decided = decide::over(tx.hot(), tx.now(), ask, parties.clone(), application);
    match decided.verdict {
        Verdict::NeedsApproval { scopes, approvers, .. } => Ok((scopes, approvers)),
        Verdict::Allow(_) if filing.access.extends.is_some() => {
            let agent = parties.client.agent;
            let connection = agent.and_then(|agent| tx.hot().connection(agent, application.id));
            let of_scopes =
                application.scopes.iter().filter(|rule| ask.requested.contains(rule.name.as_str()));
            let rules = connection.map(|c| c.approver.clone()).into_iter();
            let rules = rules.chain(of_scopes.filter_map(|rule| rule.approver.clone()));
            Ok((ask.requested.clone(), rules.collect()))
        }
        Verdict::Allow(_) => {
            Err(Box::new(Fault::conflict("nothing_to_ask", "this is allowed already: just do it")))
        }
        other => {
            let text = format!("no yes would help: {}", caller_text(other.reasons()));
            Err(Box::new(Fault::forbidden("not_available", text)))
        }
    }
}

/// Whom and what it is about. Only an agent that speaks for itself asks: in a chain another one may need the yes. Without
/// an agent, people ask for an assignment of their own, and for nothing else.
fn about(tx: &Tx<'_>, filing: &Filing) -> Option<(Parties, Arc<User>, Arc<Application>)> {
    let wanted = &filing.wanted;
    let parties = Parties::read(tx.hot(), &wanted.ask)?;
    let user = parties.user.clone()?;
    let application = settle::target(tx.hot(), wanted, &parties).ok().flatten()?;
    let asks = parties.agents.len() == 1 || filing.access.assigns && parties.agents.is_empty();
    asks.then_some((parties, user, application))
}

fn sentences(
    tx: &Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    (user, application): (&User, &Application),
    (scopes, weights): (&ScopeSet, &[Weight]),
    filing: &Filing,
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
        binding_message: Some(filing.access.purpose.as_str()).filter(|purpose| !purpose.is_empty()),
        lifetime: filing.length,
        starts: filing.access.starts,
        assigns: filing.access.assigns,
        once: false,
        weights,
    })
}

fn draft(
    tx: &Tx<'_>,
    filing: &Filing,
    parties: &Parties,
    (user, application): (&User, &Application),
    (scopes, approvers): (ScopeSet, &[Approvers]),
) -> Approval {
    let (now, wanted) = (tx.now(), &filing.wanted);
    let weights = approval::weights(Some(application), &scopes, &[]);
    let sentences = sentences(tx, wanted, parties, (user, application), (&scopes, &weights), filing);
    Approval {
        id: tx.id(),
        org: tx.org(),
        state: State::Pending,
        ticket: approvals::ticket(&filing.hash),
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
        needs: match parties.client.agent {
            Some(_) => approval::needs(approvers, &[]),
            None => approval::needs_of_others(approvers),
        },
        weights,
        number: None,
        misses: 0,
        escalated: false,
        reported: false,
        answers: Vec::new(),
        grant: tx.id(),
        lifetime: None,
        grants_for: Some(filing.length),
        access: Some(filing.access.clone()),
        interval: AGAIN,
        lapses: lapses(filing, now),
        needs_factor: false,
        notify: None,
        closed: None,
        meta: Meta::new(now),
    }
}

/// A question about the time to come stands until that comes, and none for longer than what it asks for.
fn lapses(filing: &Filing, now: Timestamp) -> Timestamp {
    let soon = now.plus(EXPIRY);
    filing.access.starts.map_or(soon, |starts| soon.max(starts).min(starts.plus(filing.length)))
}

fn put(
    tx: &mut Tx<'_>,
    filing: &Filing,
    parties: &Parties,
    application: &Application,
    asked: Approval,
) -> Result<Audited<Filed>, Fault> {
    let asked = tx.ask(asked, &filing.hash)?;
    let seen = Digest(approval::digest(&asked.sentences));
    let message = Some(filing.access.purpose.as_str()).filter(|said| !said.is_empty()).map(Text::new);
    let (approval, lapses) = (asked.id, asked.lapses);
    let recorded = tx.record(match asked.agent {
        Some(_) => {
            let evidence = account(parties, Some(application), &asked, &filing.wanted.issuer);
            Event::ApprovalRequested { approval, evidence, seen, message, lapses }
        }
        None => Event::OwnRequestFiled {
            approval,
            user: asked.user,
            client: asked.client,
            application: asked.application,
            secret: None,
            scopes: asked.scopes.clone(),
            seen,
            message,
            lapses,
        },
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
