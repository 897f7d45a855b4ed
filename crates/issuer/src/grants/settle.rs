//! The one place where a token is decided: facts, verdict and record in one write; signing comes after.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_audit::Text;
use chancery_audit::evidence::Verdict as Said;
use chancery_kernel::{AppId, FamilyId, Fault, GrantId, RunId, ScopeSet, SessionId};
use chancery_model::{Application, Client, Lease, MarkKey, Principal};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_policy::{Reason, Verdict, caller_text};
use chancery_store::hot::Hot;
use chancery_store::tables::spent;
use chancery_store::{Audited, Tx};

use crate::approved;
use crate::clients::AuthedClient;
use crate::decide::{self, Ask, Decided, Parties};
use crate::evidence::Account;
use crate::grants::refusal::{self, Known};
use crate::mint::{Authn, Issue};

/// Everything a decision needs besides the hot facts.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub ask: Ask,
    /// Resource URI, as asked.
    pub resource: Option<String>,
    /// Scopes of the person's own profile: they need no application.
    pub identity: ScopeSet,
    pub grant_type: &'static str,
    pub run: Option<RunId>,
    pub session: Option<SessionId>,
    pub family: Option<FamilyId>,
    pub authn: Option<Authn>,
    /// By which the client's secret was lent: the token ends with it.
    pub lease: Option<Box<Lease>>,
    /// The audience of tokens for this server's own userinfo.
    pub issuer: Arc<str>,
}

/// A token is made of another at most this many times over: it carries what can kill each of its sources, and has to
/// fit into a header.
const MOST_SOURCES: usize = 8;

impl Wanted {
    fn source_jti(&self) -> Option<&str> {
        self.ask.source.as_ref().map(|source| source.jti.as_str())
    }
}

/// What came of it.
pub(crate) enum Settled {
    Issued(Box<Issue>),
    Refused(OAuthError),
}

/// Uses the client's assertion up, before anything else is touched; says so if it had been used.
pub(crate) fn spend(tx: &mut Tx<'_>, authed: &AuthedClient) -> Result<Option<Audited<Settled>>, Fault> {
    let Some(spend) = authed.spend else { return Ok(None) };
    if spent::spend(tx.sql(), spend.expires, &spend.digest)? {
        return Ok(None);
    }
    // Beyond the budget nothing is written: whoever caught one assertion could fill the log with it.
    authed.replays.admit(tx.org(), tx.now())?;
    Ok(Some(not_believed(
        tx,
        &authed.client,
        "replayed_assertion",
        OAuthError::new(
            ErrorCode::InvalidClient,
            "this client assertion has been used before: sign a new one for every request",
        ),
    )))
}

/// Decides and records.
pub(crate) fn settle(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<Audited<Settled>, Fault> {
    let Some(parties) = Parties::read(tx.hot(), &wanted.ask) else {
        return Ok(gone(tx, wanted));
    };
    if let Some((reason, error)) = lapsed(tx.hot(), wanted) {
        return Ok(refuse(tx, wanted, &parties, None, Said::Deny, vec![reason], error));
    }
    match target(tx.hot(), wanted, &parties) {
        Ok(Some(application)) => {
            let now = tx.now();
            let decided = decide::over(tx.hot(), now, &wanted.ask, parties, &application);
            Ok(conclude(tx, wanted, decided))
        }
        Ok(None) => Ok(sign_in_token(tx, wanted, parties)),
        Err(error) => {
            let reasons = vec![error.description().to_owned()];
            Ok(refuse(tx, wanted, &parties, None, Said::Deny, reasons, error))
        }
    }
}

/// Why what the request rests on is no more, if so: its task was stopped, or the token it is made of is dead or spent.
fn lapsed(hot: &Hot, wanted: &Wanted) -> Option<(String, OAuthError)> {
    let source = wanted.ask.source.as_ref();
    if let Some(source) = source
        && let Some((key, _)) = hot.killed_by(&source.marks, source.pos)
    {
        let error = OAuthError::invalid_request("the subject token has been revoked: get a new one");
        return Some((format!("source token revoked by a mark on {key}"), error));
    }
    // A run is stopped once and for all, so a mark on it says so wherever it stands.
    if let Some(run) = wanted.run
        && hot.killed_by(&[MarkKey::Run(run)], i64::MIN).is_some()
    {
        let code = if source.is_some() { ErrorCode::InvalidRequest } else { ErrorCode::InvalidGrant };
        let error = OAuthError::new(code, "this task was stopped: begin another one");
        return Some((format!("run {run} was stopped"), error));
    }
    if source.is_some_and(|source| source.keys.sources.len() >= MOST_SOURCES) {
        let text =
            "the subject token has been handed on too often: exchange one that is nearer to the sign-in";
        return Some(("too many sources".to_owned(), OAuthError::invalid_request(text)));
    }
    None
}

/// The application asked for: by resource URI, else the only one the principal is assigned to. `None` is this
/// server's own userinfo.
pub(crate) fn target(
    hot: &Hot,
    wanted: &Wanted,
    parties: &Parties,
) -> Result<Option<Arc<Application>>, OAuthError> {
    let refused = |text: &'static str| OAuthError::new(ErrorCode::InvalidTarget, text);
    let org = wanted.ask.org;
    if let Some(resource) = wanted.resource.as_deref() {
        let found = decide::application_named(hot, org, resource);
        return found.cloned().map(Some).ok_or_else(|| {
            refused("no such resource: use the resource URI of an application of your organization")
        });
    }
    if parties.user.is_some() && !wanted.identity.is_empty() && wanted.ask.requested.is_empty() {
        return Ok(None);
    }
    let principal = parties.client.agent.map_or(Principal::Client(parties.client.id), Principal::Agent);
    let mut assigned = hot.assignments_of(org, principal);
    match (assigned.next(), assigned.next()) {
        (Some(only), None) => Ok(hot.applications.find(org, only.application).cloned()),
        _ => Err(refused("name the resource that the token is for (RFC 8707)")),
    }
}

fn conclude(tx: &mut Tx<'_>, wanted: &Wanted, decided: Decided) -> Audited<Settled> {
    let Decided { verdict, application, parties } = decided;
    match verdict {
        Verdict::Allow(_) if decide::ambiguous(tx.hot(), &parties, &application) => {
            let text = "another account has this person's e-mail address, by which the application knows people: ask an administrator to give each its own";
            let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("human_ambiguous");
            let reasons = vec![format!("human_ambiguous: {text}")];
            refuse(tx, wanted, &parties, Some(&application), Said::Deny, reasons, error)
        }
        Verdict::Allow(bounds) => {
            let there = Some((application.id, &bounds.scopes));
            let grants = rests_on(tx, wanted, &parties, there, bounds.grants);
            let issue =
                Issue::new(tx, wanted, parties, Some(application), bounds.scopes, bounds.lifetime, grants);
            record_issue(tx, wanted, issue, bounds.rule)
        }
        Verdict::NeedsApproval { reasons, .. } => {
            let error = OAuthError::new(ErrorCode::AccessDenied, caller_text(&reasons))
                .with_reason("approval_required");
            refuse(tx, wanted, &parties, Some(&application), Said::Pending, full(&reasons), error)
        }
        Verdict::NeedsConsent { reasons, .. } => {
            let error = OAuthError::new(ErrorCode::ConsentRequired, caller_text(&reasons))
                .with_reason("consent_required");
            refuse(tx, wanted, &parties, Some(&application), Said::Pending, full(&reasons), error)
        }
        Verdict::Deny(reasons) => {
            let error = denial(&reasons);
            refuse(tx, wanted, &parties, Some(&application), Said::Deny, full(&reasons), error)
        }
    }
}

/// The approvals first, then the consents. What the source rests on is inherited with its keys.
fn rests_on(
    tx: &Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    there: Option<(AppId, &ScopeSet)>,
    approvals: Vec<GrantId>,
) -> Vec<GrantId> {
    let mut all = approvals;
    if let Some(lease) = &wanted.lease {
        all.extend(lease.grant);
        all.push(lease.key());
    }
    let profile = (there.is_none() || !wanted.identity.is_empty()).then_some(&wanted.identity);
    for grant in decide::rests_on(tx.hot(), tx.now(), parties, there, profile) {
        if !all.contains(&grant) {
            all.push(grant);
        }
    }
    all
}

pub(crate) fn full(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(|r| format!("{}: {}", r.code(), r.full_text())).collect()
}

/// Which OAuth code says it: the target, the scope, or plainly no.
pub(crate) fn denial(reasons: &[Reason]) -> OAuthError {
    let first = reasons.first().map_or("denied", Reason::caller_code);
    let code = match first {
        "application_unavailable" => ErrorCode::InvalidTarget,
        "scope_unknown" | "beyond_source" => ErrorCode::InvalidScope,
        _ => ErrorCode::AccessDenied,
    };
    let known: &'static str = reasons.first().map_or("denied", reason_word);
    OAuthError::new(code, caller_text(reasons)).with_reason(known)
}

/// The caller's word for a reason, as a constant: [`Reason::caller_code`] borrows from the reason.
fn reason_word(reason: &Reason) -> &'static str {
    let word = reason.caller_code();
    if word == reason.code() { reason.code() } else { "not_available" }
}

/// A token that proves the person's presence to the client, for userinfo and for exchange.
fn sign_in_token(tx: &mut Tx<'_>, wanted: &Wanted, parties: Parties) -> Audited<Settled> {
    let now = tx.now();
    let mut reasons = Vec::new();
    if !parties.client.enabled {
        reasons.push("the client is disabled".to_owned());
    }
    if parties.agents.iter().any(|agent| !agent.is_live(now)) {
        reasons.push("the agent is not live".to_owned());
    }
    if !parties.user.as_ref().is_some_and(|user| user.is_active()) {
        reasons.push("the person is not active".to_owned());
    }
    if !reasons.is_empty() {
        let error = OAuthError::new(
            ErrorCode::AccessDenied,
            "this sign-in is no longer allowed: ask an administrator",
        );
        return refuse(tx, wanted, &parties, None, Said::Deny, reasons, error);
    }
    let lifetime =
        wanted.ask.lifetime.map_or(Application::DEFAULT_LIFETIME, |l| l.min(Application::DEFAULT_LIFETIME));
    let grants = rests_on(tx, wanted, &parties, None, Vec::new());
    let issue = Issue::new(tx, wanted, parties, None, ScopeSet::empty(), lifetime, grants);
    record_issue(tx, wanted, issue, "sign_in")
}

fn record_issue(tx: &mut Tx<'_>, wanted: &Wanted, mut issue: Issue, rule: &'static str) -> Audited<Settled> {
    let rule = wanted.ask.approved.as_deref().map_or(Text::word(rule), approved::rule);
    let event = Account {
        org: wanted.ask.org,
        parties: &issue.parties,
        application: issue.application.as_deref(),
        audience: &issue.audience,
        grant_type: wanted.grant_type,
        scopes: &issue.scopes,
        run: wanted.run,
        session: wanted.session,
        source_jti: wanted.source_jti(),
        jti: Some(&issue.jti),
        expires: Some(issue.expires),
        keys: Some(&issue.keys),
        verdict: Said::Allow,
        rule,
        reasons: &[],
        mend: None,
    }
    .event();
    let recorded = tx.record(event);
    issue.pos = recorded.pos;
    recorded.with(Settled::Issued(Box::new(issue)))
}

pub(crate) fn refuse(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    parties: &Parties,
    application: Option<&Application>,
    verdict: Said,
    reasons: Vec<String>,
    error: OAuthError,
) -> Audited<Settled> {
    let audience = application
        .map_or_else(|| wanted.resource.as_deref().unwrap_or(&wanted.issuer), |a| a.resource.as_str());
    let scopes = wanted.ask.requested.union(&wanted.identity);
    let event = Account {
        org: wanted.ask.org,
        parties,
        application,
        audience,
        grant_type: wanted.grant_type,
        scopes: &scopes,
        run: wanted.run,
        session: wanted.session,
        source_jti: wanted.source_jti(),
        jti: None,
        expires: None,
        keys: None,
        verdict,
        rule: Text::word("two_subjects"),
        reasons: &reasons,
        mend: Some(error.description()),
    }
    .event();
    let recorded = tx.record(event);
    let error = error.with_event(recorded.id.to_string());
    recorded.with(Settled::Refused(error))
}

/// Somebody the request rests on was deleted while it was on its way.
pub(crate) fn gone(tx: &mut Tx<'_>, wanted: &Wanted) -> Audited<Settled> {
    let client = tx.hot().clients.find(wanted.ask.org, wanted.ask.client).cloned();
    match client {
        None => {
            let event = Event::ClientAuthenticationFailed {
                client: None,
                agent: None,
                client_hint: Text::new(&wanted.ask.client.to_string()),
                method: Text::new("none"),
                reason: Text::new("unknown_client"),
            };
            let error = OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");
            tx.record(event).with(Settled::Refused(error))
        }
        Some(client) => {
            let known = Known {
                grant_type: wanted.grant_type,
                resource: wanted.resource.clone(),
                scopes: wanted.ask.requested.union(&wanted.identity),
                user: wanted.ask.user.map(|(id, _)| id),
                source_jti: wanted.source_jti().map(str::to_owned),
                run: wanted.run,
                session: wanted.session,
            };
            let code = match wanted.ask.source {
                Some(_) => ErrorCode::InvalidRequest,
                None => ErrorCode::InvalidGrant,
            };
            let error = OAuthError::new(code, "what this request rests on has been revoked: start again");
            let why = "the person or an agent it rests on is gone";
            refusal::refuse(tx, &client, &known, why, error).map(Settled::Refused)
        }
    }
}

pub(crate) fn not_believed(
    tx: &mut Tx<'_>,
    client: &Client,
    reason: &str,
    error: OAuthError,
) -> Audited<Settled> {
    let event = Event::ClientAuthenticationFailed {
        client: Some(client.id),
        agent: client.agent,
        client_hint: Text::new(&client.id.to_string()),
        method: Text::new(client.auth.as_str()),
        reason: Text::new(reason),
    };
    tx.record(event).with(Settled::Refused(error))
}
