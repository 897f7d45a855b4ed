//! The backchannel authentication endpoint (OpenID CIBA Core 1.0 §7): an agent asks for a person's yes, and goes on with
//! something else meanwhile.
//!
//! Nobody is asked for what cannot be had: the same decision is made here, with the yes that is asked for taken as
//! given, and what it refuses even then is refused now. What the person will read is rendered and fixed in the same write.

pub(crate) mod checks;
mod hint;
pub(crate) mod notify;
mod ready;
mod signed;

use std::sync::Arc;

use chancery_audit::evidence::Verdict as Said;
use chancery_audit::{Digest, Event, Text};
use chancery_kernel::{Fault, ScopeSet, Seconds, UserId};
use chancery_model::{Application, Approval, Meta, Notify, State};
use chancery_oauth::{ACR, CibaAnswer, CibaRequest, ErrorCode, OAuthError, scopes};
use chancery_policy::Verdict;
use chancery_policy::approval::{self, Asking, Identity};
use chancery_store::tables::spent;
use chancery_store::tables::{approvals, runs};
use chancery_store::{Audited, Tx};

use crate::approved;
use crate::clients::{AuthedClient, Spend};
use crate::decide::{self, Ask, Parties};
use crate::evidence::Account;
use crate::grants::refusal::Known;
use crate::grants::settle::{self, Settled, Wanted, not_believed, spend};
use crate::grants::{unavailable, who};
use crate::{Call, Issuer};

use ready::Ready;

/// How long a question stands, unless the client asks for less or more.
const USUAL_EXPIRY: Seconds = Seconds(300);
/// Ten minutes at most (ASVS 6.5.5): a question is about now.
const LONGEST_EXPIRY: Seconds = Seconds(600);
/// How often a client may poll (§7.3).
const INTERVAL: Seconds = Seconds(5);

impl Issuer {
    /// Puts a question to a person.
    pub async fn bc_authorize(&self, call: Call<'_>) -> Result<CibaAnswer, OAuthError> {
        let authed = self.authenticate(&call).await?;
        let who = who(&authed, call.request);
        let ready = match self.ready(&authed.client, &call).await {
            Ok(ready) => ready,
            // Nobody has proven to be a public client, and what could not be looked up may be there.
            Err(error) if authed.client.is_public() || error.status() >= 500 => return Err(error),
            Err(error) => {
                let known = Known { grant_type: "ciba", ..Known::of(call.params) };
                return Err(self.refused(authed, who, known, error).await);
            }
        };
        let org = authed.client.org;
        let (auth_req_id, polls) = (ready.auth_req_id.clone(), ready.polls());
        let start = Start::new(authed, ready, self.issuer().into());
        let put = self.db().write(org, who, move |tx| start.run(tx)).await;
        let approval = put.map_err(|f: Fault| unavailable(f))??;
        let expires_in = approval.lapses.since(approval.meta.created);
        Ok(CibaAnswer {
            auth_req_id,
            expires_in,
            interval: polls.then_some(INTERVAL),
            approval: approval.id,
            number: approval.number.clone(),
        })
    }
}

type Put = Result<Arc<Approval>, OAuthError>;

/// What the write needs.
struct Start {
    authed: AuthedClient,
    request: CibaRequest,
    user: UserId,
    hash: [u8; 32],
    /// Scopes of an application, and of the person's own profile.
    scopes: ScopeSet,
    identity: ScopeSet,
    issuer: Arc<str>,
    /// The signed request it came as, which works once.
    signed: Option<Spend>,
    /// How the client is to be told.
    notify: Option<Notify>,
}

impl Start {
    fn new(authed: AuthedClient, ready: Ready, issuer: Arc<str>) -> Self {
        let Ready { request, signed, user, hash, notify, .. } = ready;
        let own = |scope: &&chancery_kernel::Scope| scopes::is_identity(scope.as_str());
        let identity: ScopeSet = request.scope.iter().filter(own).cloned().collect();
        let scopes = request.scope.without(&identity);
        Self { authed, request, user, hash, scopes, identity, issuer, signed, notify }
    }

    fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<Put>, Fault> {
        if let Some(replayed) = spend(tx, &self.authed)? {
            return Ok(replayed.map(refusal));
        }
        if let Some(signed) = self.signed
            && !spent::spend(tx.sql(), signed.expires, &signed.digest)?
        {
            let text = "this signed request has been used before: sign a new one, with a jti of its own";
            let error = OAuthError::new(ErrorCode::InvalidRequestObject, text);
            return Ok(not_believed(tx, &self.authed.client, "replayed_request", error).map(refusal));
        }
        if let Some(why) = checks::too_often(tx, self)? {
            return Ok(self.not_put(tx, why));
        }
        let mut approval = self.draft(tx);
        let wanted = approved::asked(&approval, self.issuer.clone());
        let Some(parties) = Parties::read(tx.hot(), &wanted.ask) else {
            return Ok(settle::gone(tx, &wanted).map(refusal));
        };
        let application = match settle::target(tx.hot(), &wanted, &parties) {
            Ok(application) => application,
            Err(error) => return Ok(refused(tx, &wanted, &parties, None, error)),
        };
        if let Err(no) = self.decide(tx, &wanted, &parties, application.as_ref(), &mut approval) {
            let app = application.as_deref();
            let checks::No { reasons, error } = *no;
            let refused = settle::refuse(tx, &wanted, &parties, app, Said::Deny, reasons, error);
            return Ok(refused.map(refusal));
        }
        if let Err(error) = checks::details(&self.request, application.as_deref(), &approval) {
            return Ok(refused(tx, &wanted, &parties, application.as_deref(), error));
        }
        if !chancery_context::somebody_answers(tx.hot(), &approval) {
            let text = "nobody is there who may answer this: ask an administrator to name an approver";
            let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("nobody_to_ask");
            return Ok(refused(tx, &wanted, &parties, application.as_deref(), error));
        }
        self.put(tx, &parties, application.as_deref(), approval)
    }

    /// The question before anything is known of its application.
    fn draft(&self, tx: &Tx<'_>) -> Approval {
        let now = tx.now();
        let expiry = self.request.requested_expiry.unwrap_or(USUAL_EXPIRY).min(LONGEST_EXPIRY);
        let tasks = &self.request.details.tasks;
        let [_, second] = ACR;
        Approval {
            id: tx.id(),
            org: self.authed.client.org,
            state: State::Pending,
            ticket: approvals::ticket(&self.hash),
            user: self.user,
            client: self.authed.client.id,
            agent: self.authed.client.agent,
            run: Some(tx.id()),
            application: None,
            resource: self.request.resource.clone(),
            secret: None,
            scopes: self.scopes.clone(),
            identity: self.identity.clone(),
            details: self.request.details.values.clone(),
            sentences: Vec::new(),
            seen: String::new(),
            needs: approval::needs([], tasks),
            weights: Vec::new(),
            number: None,
            misses: 0,
            escalated: false,
            reported: false,
            answers: Vec::new(),
            grant: tx.id(),
            lifetime: tasks.iter().map(|task| task.duration).min(),
            grants_for: None,
            needs_factor: self.request.acr_values.iter().any(|acr| acr == second),
            notify: self.notify.clone().map(Box::new),
            access: None,
            interval: INTERVAL,
            lapses: now.plus(expiry),
            closed: None,
            meta: Meta::new(now),
        }
    }

    /// Whether a yes would be enough; if so, the approval learns for what, for how long, and whose it has to be.
    fn decide(
        &self,
        tx: &Tx<'_>,
        wanted: &Wanted,
        parties: &Parties,
        application: Option<&Arc<Application>>,
        approval: &mut Approval,
    ) -> Result<(), Box<checks::No>> {
        let (hot, now) = (tx.hot(), tx.now());
        let Some(application) = application else {
            approval.lifetime = Some(
                approval.lifetime.unwrap_or(Application::DEFAULT_LIFETIME).min(Application::DEFAULT_LIFETIME),
            );
            return checks::may_sign_in(parties, now);
        };
        approval.application = Some(application.id);
        approval.resource = Some(application.resource.clone());
        let without = decide::over(hot, now, &wanted.ask, parties.clone(), application);
        if let Verdict::NeedsApproval { approvers, .. } = &without.verdict {
            approval.needs = approval::needs(approvers, &self.request.details.tasks);
        }
        let ask = Ask { approved: Some(Arc::new(approval.clone())), ..wanted.ask.clone() };
        match decide::over(hot, now, &ask, parties.clone(), application).verdict {
            Verdict::Allow(bounds) => {
                approval.scopes = bounds.scopes;
                approval.lifetime = Some(bounds.lifetime);
                Ok(())
            }
            other => {
                let reasons = other.reasons();
                let error = settle::denial(reasons);
                Err(Box::new(checks::No { reasons: settle::full(reasons), error }))
            }
        }
    }

    fn put(
        &self,
        tx: &mut Tx<'_>,
        parties: &Parties,
        application: Option<&Application>,
        mut approval: Approval,
    ) -> Result<Audited<Put>, Fault> {
        approval.weights = approval::weights(application, &approval.scopes, &self.request.details.tasks);
        approval.number = number(tx, &approval);
        approval.sentences = self.sentences(tx, parties, application, &approval);
        let digest = approval::digest(&approval.sentences);
        approval.seen = approval::hex(&digest);
        self.begin_run(tx, parties, &approval)?;
        let approval = tx.ask(approval, &self.hash)?;
        let evidence = account(parties, application, &approval, &self.issuer);
        let recorded = tx.record(Event::ApprovalRequested {
            approval: approval.id,
            evidence,
            seen: Digest(digest),
            message: self.request.binding_message.as_deref().map(|m| Text::new(&approval::plain(m).text)),
            lapses: approval.lapses,
        });
        Ok(recorded.with(Ok(approval)))
    }

    fn sentences(
        &self,
        tx: &Tx<'_>,
        parties: &Parties,
        application: Option<&Application>,
        asked: &Approval,
    ) -> Vec<chancery_model::Sentence> {
        // Every request has `openid`; where it is about an application, that says nothing new.
        let told =
            |scope: &&chancery_kernel::Scope| application.is_none() || scope.as_str() != scopes::OPENID;
        let identity = self.identity.iter().filter(told);
        let words = identity.filter_map(|scope| scopes::identity(scope.as_str()));
        let identity: Vec<Identity> =
            words.map(|w| Identity { title: w.title, data: w.data, impact: w.impact }).collect();
        let agent = parties.agents.first();
        let sponsor = agent.and_then(|agent| tx.hot().users.find(agent.org, agent.sponsor?));
        let Some(user) = parties.user.as_deref() else { return Vec::new() };
        approval::sentences(&Asking {
            agent: agent.map(|agent| &**agent),
            client: &parties.client,
            sponsor: sponsor.map(|user| &**user),
            user,
            run: asked.run,
            application,
            scopes: &asked.scopes,
            identity: &identity,
            tasks: &self.request.details.tasks,
            binding_message: self.request.binding_message.as_deref(),
            lifetime: asked.lifetime.unwrap_or(Application::DEFAULT_LIFETIME),
            starts: None,
            assigns: false,
            once: true,
            weights: &asked.weights,
        })
    }

    /// A question is about one task: approval, token and what the agent does with it share the run.
    fn begin_run(&self, tx: &mut Tx<'_>, parties: &Parties, approval: &Approval) -> Result<(), Fault> {
        let (Some(id), Some(agent)) = (approval.run, parties.agents.first()) else { return Ok(()) };
        let task = self.request.details.tasks.first().map(|task| task.task.as_str());
        let about = task.or(self.request.binding_message.as_deref()).unwrap_or_default();
        let run = runs::Run {
            id,
            org: approval.org,
            agent: agent.id,
            user: approval.user,
            about: approval::plain(about).text,
            began: tx.now(),
            session: None,
            stopped: None,
        };
        Ok(runs::insert(tx.sql(), &run)?)
    }

    fn not_put(&self, tx: &mut Tx<'_>, why: &'static str) -> Audited<Put> {
        let event = Event::ApprovalRefused {
            user: self.user,
            client: self.authed.client.id,
            agent: self.authed.client.agent,
            reason: Text::new(why),
        };
        let text = format!("this person is not asked now: {why}");
        let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("asked_too_often");
        tx.record(event).with(Err(error))
    }
}

/// Two digits that the requester shows, where what is asked for weighs much.
pub(crate) fn number(tx: &Tx<'_>, approval: &Approval) -> Option<String> {
    // Of ninety, each as likely as the others but for one part in two hundred million.
    let random = u32::from_be_bytes(tx.env().bytes());
    (!approval.weights.is_empty()).then(|| (10 + random % 90).to_string())
}

fn refusal(settled: Settled) -> Put {
    match settled {
        Settled::Refused(error) => Err(error),
        // A refusal is all that comes here; anything else would be a token nobody asked for, and is none.
        Settled::Issued(_) => Err(OAuthError::new(ErrorCode::ServerError, "something failed here")),
    }
}

fn refused(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    application: Option<&Application>,
    error: OAuthError,
) -> Audited<Put> {
    let reasons = vec![error.description().to_owned()];
    settle::refuse(tx, wanted, parties, application, Said::Deny, reasons, error).map(refusal)
}

/// The seven facts of a question.
pub(crate) fn account(
    parties: &Parties,
    application: Option<&Application>,
    approval: &Approval,
    issuer: &str,
) -> chancery_audit::Evidence {
    let evidence = Account {
        org: approval.org,
        parties,
        application,
        audience: application.map_or(issuer, |app| app.resource.as_str()),
        grant_type: "ciba",
        scopes: &approval.scopes.union(&approval.identity),
        run: approval.run,
        session: None,
        source_jti: None,
        jti: None,
        expires: None,
        keys: None,
        verdict: Said::Pending,
        rule: crate::approved::rule(approval),
        reasons: &[],
        mend: None,
    }
    .evidence();
    chancery_audit::Evidence { outcome: Text::new("asked"), ..evidence }
}
