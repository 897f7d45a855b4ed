//! The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2): from a request and a browser's session to
//! the next step. Nothing is shown or set here; the pages do that.

mod prove;

use std::sync::Arc;

use chancery_audit::evidence::Verdict as Said;
use chancery_audit::{Actor, Text};
use chancery_kernel::{
    ClientId, Fault, GrantId, Outcome, RequestId, ScopeSet, Seconds, Secret, SecretKind, secret,
};
use chancery_model::{Application, Client, GrantType};
use chancery_oauth::{
    AuthorizeRequest, Callback, ErrorCode, OAuthError, Opening, Params, REPEATABLE, redirect_matches,
    resource, scopes,
};
use chancery_policy::{Proof, Reason, Verdict, caller_text};
use chancery_store::Who;
use chancery_store::tables::codes;

use crate::Issuer;
use crate::consent::ConsentAsk;
use crate::decide::{self, Ask, Parties, application_named, consented_here};
use crate::evidence::Account;
use crate::factors::Gate;
use crate::grants::code::Authorization;
use crate::grants::settle::denial;
use crate::mint::Authn;
use crate::sessions::Present;

/// What the browser is shown or sent next.
pub enum Step {
    /// An error page: there is no address it could safely be sent to.
    Page(OAuthError),
    /// The answer to the client.
    Answer(Callback),
    /// The person signs in, and comes back to this request.
    SignIn { client: Arc<Client>, login_hint: Option<String>, query: String },
    /// The person enrolls or proves a second factor, and comes back to this request.
    Prove { gate: Gate, query: String },
    /// The person is asked.
    Consent(Box<ConsentAsk>),
}

/// A code lives this long (standards: §1 OURS).
const CODE_LIFETIME: Seconds = Seconds(60);
/// A redeemed or expired code is remembered this long, so that a replay is recognized as one.
const CODE_MEMORY: Seconds = Seconds::hours(1);

/// What the person answered on the consent page; the page's form is bound to their session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    Unasked,
    /// Yes, to what the page showed: by its tag.
    Allow {
        shown: &'a str,
    },
    Deny,
}

/// A request whose client and redirect URI belong together.
pub(crate) struct Resolved {
    pub client: Arc<Client>,
    pub redirect_uri: String,
    pub request: AuthorizeRequest,
    pub identity: ScopeSet,
    pub scopes: ScopeSet,
    pub application: Option<Arc<Application>>,
}

impl Issuer {
    /// Decides the next step. `query` is the request's query string, byte for byte.
    pub async fn authorize(
        &self,
        query: &str,
        present: Option<&Present>,
        answer: Answer<'_>,
        request: RequestId,
    ) -> Outcome<Step> {
        let (opening, client, redirect_uri, params) = match self.open(query) {
            Ok(opened) => opened,
            Err(error) => return Ok(Step::Page(error)),
        };
        let refused = |error: &OAuthError| {
            Ok(Step::Answer(Callback::error(self.issuer(), &redirect_uri, &opening, error)))
        };
        let resolved = match self.resolve(client.clone(), &redirect_uri, &params) {
            Ok(resolved) => resolved,
            Err(error) => return refused(&error),
        };
        let here = present.filter(|p| p.org() == client.org);
        let Some(present) = here.filter(|p| self.fresh_enough(p, &resolved, query)) else {
            if resolved.request.prompt.none {
                return refused(&OAuthError::new(ErrorCode::LoginRequired, "the person is not signed in"));
            }
            let login_hint = resolved.request.login_hint.clone();
            let query = self.way_back_to(query, here);
            return Ok(Step::SignIn { client, login_hint, query });
        };
        match self.go_on(&resolved, present, query, answer, request).await? {
            Ok(step) => Ok(step),
            Err(error) => refused(&error),
        }
    }

    /// The next step of somebody who is signed in; an error goes to the client.
    async fn go_on(
        &self,
        resolved: &Resolved,
        present: &Present,
        query: &str,
        answer: Answer<'_>,
        request: RequestId,
    ) -> Outcome<Result<Step, OAuthError>> {
        if answer == Answer::Deny {
            self.record_no(resolved, present, request).await?;
            return Ok(Err(OAuthError::new(ErrorCode::AccessDenied, "the person said no")));
        }
        match self.to_prove(&resolved.request, present).await? {
            Ok(Gate::Open) => {}
            Ok(gate) => return Ok(Ok(Step::Prove { gate, query: query.to_owned() })),
            Err(error) => return Ok(Err(error)),
        }
        let granted = match self.settle_scopes(resolved, present, request).await? {
            Ok(granted) => granted,
            Err(error) => return Ok(Err(error)),
        };
        let missing = self.missing_consent(resolved, present, &granted);
        if !resolved.client.builtin && (resolved.request.prompt.consent || !missing.is_empty()) {
            if resolved.request.prompt.none {
                let text = "the person has not consented to this yet";
                return Ok(Err(OAuthError::new(ErrorCode::ConsentRequired, text)));
            }
            let page = self.consent_ask(resolved, present, &granted, query);
            // What was agreed to is what was read: if anything has changed since, they read it anew.
            if !matches!(answer, Answer::Allow { shown } if page.is_what(shown)) {
                return Ok(Ok(Step::Consent(Box::new(page))));
            }
            self.record_consent(resolved, present, &granted, request).await?;
        }
        let code = self.issue_code(resolved, present, granted).await?;
        let (uri, opening) = (&resolved.redirect_uri, &resolved.request.opening);
        Ok(Ok(Step::Answer(Callback::code(self.issuer(), uri, opening, code.expose()))))
    }

    /// First stage: a client that exists and an address that is its own (OAuth 2.1 §4.1.2.1).
    fn open<'q>(&self, query: &'q str) -> Result<(Opening, Arc<Client>, String, Params<'q>), OAuthError> {
        let params = Params::parse_query(query, REPEATABLE)?;
        let opening = Opening::read(&params)?;
        // One sentence: it is nobody's business which clients there are.
        let unknown = || {
            OAuthError::invalid_request(
                "client_id and redirect_uri do not belong together: check that the client is enabled, and register the redirect_uri exactly as it is sent",
            )
        };
        let id: ClientId = opening.client_id.parse().map_err(|_| unknown())?;
        let client =
            self.db().hot().clients.find_anywhere(id).filter(|c| c.enabled).cloned().ok_or_else(unknown)?;
        let redirect_uri = match (&opening.redirect_uri, client.redirect_uris.as_slice()) {
            (Some(asked), registered) if registered.iter().any(|r| redirect_matches(r, asked)) => {
                asked.clone()
            }
            (None, [only]) => only.clone(),
            _ => return Err(unknown()),
        };
        Ok((opening, client, redirect_uri, params))
    }

    /// Second stage: the rest of the request.
    fn resolve(
        &self,
        client: Arc<Client>,
        redirect_uri: &str,
        params: &Params<'_>,
    ) -> Result<Resolved, OAuthError> {
        let request = AuthorizeRequest::read(params)?;
        if !client.may(GrantType::AuthorizationCode) {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "this client is not registered for authorization codes",
            ));
        }
        let asked = request.scope.clone().unwrap_or_default();
        let identity: ScopeSet = asked.iter().filter(|s| scopes::is_identity(s.as_str())).cloned().collect();
        let rest = asked.without(&identity);
        let resource = request.resource.as_deref().or(request.audience.as_deref());
        let application = match resource {
            Some(resource) if !resource::same(resource, self.issuer()) => {
                let hot = self.db().hot();
                let found = application_named(&hot, client.org, resource).cloned();
                Some(found.ok_or_else(|| {
                    OAuthError::new(
                        ErrorCode::InvalidTarget,
                        "no such resource: use the resource URI of an application",
                    )
                })?)
            }
            _ => None,
        };
        if application.is_none() && !rest.is_empty() {
            let text = format!("unknown scope {rest}: name the resource it belongs to (RFC 8707)");
            return Err(OAuthError::new(ErrorCode::InvalidScope, text));
        }
        let identity = match asked.is_empty() && application.is_none() {
            true => chancery_model::scopes("openid"),
            false => identity,
        };
        Ok(Resolved {
            client,
            redirect_uri: redirect_uri.to_owned(),
            request,
            identity,
            scopes: rest,
            application,
        })
    }

    /// Whether the sign-in satisfies `prompt`, `max_age` and `id_token_hint`. The first two ask for a sign-in, and one
    /// that came of this request meets them, however long the person then reads the consent page.
    fn fresh_enough(&self, present: &Present, resolved: &Resolved, query: &str) -> bool {
        let request = &resolved.request;
        let age = self.now().since(present.session.auth_time);
        let asked = request.prompt.login || request.prompt.select_account;
        let recent = !asked && request.max_age.is_none_or(|most| age <= most);
        // A hint that proves nothing names nobody. Only where no page may be shown does it have to be good: asking
        // the person to sign in again would not mend it, and they would be asked for ever.
        let hinted = request.id_token_hint.as_ref().is_none_or(|hint| match self.hinted(hint) {
            Some(hint) => hint.user == present.user.id,
            None => !request.prompt.none,
        });
        hinted && (recent || self.signed_in_since(query, present))
    }

    /// What the person may hand to this client at the application, by the rule of two subjects. A denial is recorded.
    async fn settle_scopes(
        &self,
        resolved: &Resolved,
        present: &Present,
        request: RequestId,
    ) -> Outcome<Result<ScopeSet, OAuthError>> {
        let Some(application) = &resolved.application else {
            return Ok(Ok(ScopeSet::empty()));
        };
        let ask = Ask {
            org: resolved.client.org,
            client: resolved.client.id,
            chain: Vec::new(),
            user: Some((present.user.id, Proof::Session)),
            requested: resolved.scopes.clone(),
            source: None,
            lifetime: None,
            approved: None,
        };
        let decided = {
            let hot = self.db().hot();
            let parties = Parties::read(&hot, &ask).ok_or_else(|| Fault::not_found("client"))?;
            decide::over(&hot, self.now(), &ask, parties, application)
        };
        let (verdict, reasons) = match decided.verdict {
            Verdict::Allow(bounds) => return Ok(Ok(bounds.scopes)),
            Verdict::NeedsConsent { scopes, .. } => return Ok(Ok(scopes.union(&resolved.scopes))),
            Verdict::NeedsApproval { reasons, .. } => (Said::Pending, reasons),
            Verdict::Deny(reasons) => (Said::Deny, reasons),
        };
        self.record_refusal(&decided.parties, application, resolved, present, verdict, &reasons, request)
            .await?;
        Ok(Err(denial(&reasons)))
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one refusal, each of another kind")]
    async fn record_refusal(
        &self,
        parties: &Parties,
        application: &Application,
        resolved: &Resolved,
        present: &Present,
        verdict: Said,
        reasons: &[Reason],
        request: RequestId,
    ) -> Outcome<()> {
        let full: Vec<String> = reasons.iter().map(|r| format!("{}: {}", r.code(), r.full_text())).collect();
        let mend = caller_text(reasons);
        let event = Account {
            org: resolved.client.org,
            parties,
            application: Some(application),
            audience: &application.resource,
            grant_type: "authorization_code",
            scopes: &resolved.scopes,
            run: None,
            session: Some(present.session.id),
            source_jti: None,
            jti: None,
            expires: None,
            keys: None,
            verdict,
            rule: Text::word("two_subjects"),
            reasons: &full,
            mend: Some(&mend),
        }
        .event();
        let who = Who { actor: Actor::User(present.user.id), request: Some(request) };
        self.db().write(resolved.client.org, who, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }

    /// Scopes that the person has not agreed to for this client yet.
    fn missing_consent(&self, resolved: &Resolved, present: &Present, granted: &ScopeSet) -> ScopeSet {
        let hot = self.db().hot();
        let held = hot.grants_of(present.user.id);
        let now = self.now();
        let profile = consented_here(held, now, &resolved.client, None);
        let app = resolved.application.as_ref().map(|a| a.id);
        let there = consented_here(held, now, &resolved.client, app);
        resolved.identity.without(&profile).union(&granted.without(&there))
    }

    /// The consents that a code rests on.
    fn consents_to(&self, resolved: &Resolved, present: &Present) -> Vec<GrantId> {
        let (hot, now) = (self.db().hot(), self.now());
        let held = hot.grants_of(present.user.id);
        let of = |application| decide::consents_here(held, now, &resolved.client, application);
        let there = resolved.application.iter().flat_map(|app| of(Some(app.id)));
        let own = of(None).filter(|_| !resolved.identity.is_empty());
        there.chain(own).map(|grant| grant.id).collect()
    }

    /// A code is not a decision yet: that falls, and is recorded, when it is redeemed.
    async fn issue_code(&self, resolved: &Resolved, present: &Present, scopes: ScopeSet) -> Outcome<Secret> {
        let code = secret::generate(self.env(), SecretKind::AuthorizationCode);
        let hash = self.vault().keyed_hash(&code);
        let authorization = Authorization {
            org: resolved.client.org,
            client: resolved.client.id,
            user: present.user.id,
            session: present.session.id,
            redirect_uri: resolved.redirect_uri.clone(),
            redirect_uri_sent: resolved.request.opening.redirect_uri.is_some(),
            challenge: resolved.request.challenge.as_str().to_owned(),
            nonce: resolved.request.nonce.clone(),
            identity: resolved.identity.clone(),
            scopes,
            resource: resolved.application.as_ref().map(|a| a.resource.clone()),
            authn: Authn { at: present.session.auth_time, amr: present.session.facts.amr.clone() },
            consents: self.consents_to(resolved, present),
            run: None,
        };
        let body = serde_json::to_string(&authorization).map_err(|e| Fault::internal(e.to_string()))?;
        let (client, expires) = (resolved.client.id, self.now().plus(CODE_LIFETIME));
        self.db().maintain(move |sql| codes::insert(sql, &hash, client, expires, body)).await?;
        Ok(code)
    }
}

/// When codes may be forgotten: used by housekeeping.
pub fn codes_before(now: chancery_kernel::Timestamp) -> chancery_kernel::Timestamp {
    now.minus(CODE_MEMORY)
}
