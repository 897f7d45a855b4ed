//! Sign-ins of people: password, session, cookie, end.

use std::net::IpAddr;

use chancery_audit::{Actor, Event, Text};
use chancery_context::{Caller, Cx};
use chancery_kernel::{
    Fault, Kind, OrgId, Outcome, RequestId, ScopeSet, Seconds, Secret, SecretKind, SessionId, Timestamp,
    UserId, secret,
};
use chancery_model::{Client, MarkKey, User};
use chancery_store::hot::Assigned;
use chancery_store::tables::sessions::{self, Session, SessionFacts};
use chancery_store::tables::{factors, families, nouns, passwords};
use chancery_store::{Audited, Tx, Who};
use chancery_vault::password;

use crate::factors::Gate;
use crate::strangers::With;
use crate::throttle::Counters;
use crate::{Issuer, typed};

/// What the sign-in page sends.
pub struct SignIn {
    pub org: OrgId,
    pub login: String,
    pub password: Secret,
    pub address: Option<IpAddr>,
    /// Browser, as it names itself.
    pub agent: String,
    pub request: RequestId,
    /// The session this browser has, which the person renews: it keeps its id and gets another cookie.
    pub present: Option<Secret>,
    /// What this browser got when the person signed in with it before.
    pub device: Option<Secret>,
}

/// What a password came to.
pub enum Entered {
    In(SignedIn),
    /// The second factor is still to come; nobody is signed in by the ticket.
    Half {
        ticket: Secret,
    },
}

/// A sign-in that succeeded: the cookie's value is shown to nobody else.
pub struct SignedIn {
    pub cookie: Secret,
    pub session: SessionId,
    pub user: UserId,
    /// By which this browser is known from now on.
    pub device: Secret,
}

/// A person who is signed in, as a request's cookie proved it.
#[derive(Clone, Debug)]
pub struct Present {
    pub session: Session,
    pub user: std::sync::Arc<User>,
    pub scopes: ScopeSet,
    /// What has to be done before anything else.
    pub gate: Gate,
}

impl Present {
    pub fn caller(&self) -> Caller {
        Caller::Person { user: self.user.id, session: self.session.id, scopes: self.scopes.clone() }
    }

    pub fn org(&self) -> OrgId {
        self.session.org
    }
}

/// How precisely use of a session is noted: a write for every click would be waste.
const NOTE_EVERY: i64 = 60;

impl Issuer {
    /// The organization of those who name one that is not there: nobody lives in it.
    pub fn nowhere(&self) -> OrgId {
        chancery_vault::deployment()
    }

    /// Checks a login and password. The answer to a wrong login and to a wrong password is the same, in time too.
    pub async fn sign_in(&self, attempt: SignIn) -> Outcome<Entered> {
        let now = self.now();
        let counters = self.counters(&attempt);
        let (org, login, asked) = (attempt.org, attempt.login.trim().to_lowercase(), counters.clone());
        if let Some(until) = self.db().maintain(move |sql| asked.begin(sql, now)).await? {
            return self.throttled(&attempt, &counters, until).await;
        }
        let found = self
            .db()
            .read(move |sql| {
                let user: Option<User> = nouns::by_name(sql, org, &login)?;
                let hash = match &user {
                    Some(user) => passwords::find(sql, user.id)?,
                    None => None,
                };
                Ok((user, hash))
            })
            .await?;
        let (user, hash) = found;
        // Takes as long where there is no such login, so that time tells nothing.
        let right = password::verify(hash, attempt.password.clone()).await?;
        match user.filter(|user| right && user.is_active()) {
            Some(user) => self.open_session(&attempt, user, counters).await,
            None => self.failed(&attempt, counters).await,
        }
    }

    fn counters(&self, attempt: &SignIn) -> Counters {
        let SignIn { org, login, device, .. } = attempt;
        match device.as_ref().filter(|cookie| self.is_device(*org, login, cookie)) {
            Some(known) => Counters::of_device(self.vault(), known),
            None => Counters::new(self.vault(), *org, login, attempt.address),
        }
    }

    async fn open_session(&self, attempt: &SignIn, user: User, counters: Counters) -> Outcome<Entered> {
        let cookie = secret::generate(self.env(), SecretKind::Session);
        let hash = self.vault().keyed_hash(&cookie);
        let present = attempt.present.as_ref().map(|c| self.vault().keyed_hash(c));
        let ends = self.now().plus(self.platform().settings.session_absolute);
        let facts = SessionFacts {
            amr: vec!["pwd".to_owned()],
            agent: attempt.agent.chars().take(200).collect(),
            address: attempt.address.map(|a| a.to_string()).unwrap_or_default(),
            second: None,
            half: false,
        };
        let who = Who { actor: Actor::User(user.id), request: Some(attempt.request) };
        let user_id = user.id;
        let entering = Entering { user: user_id, hash, present, ends, facts };
        let opened = self
            .db()
            .write(attempt.org, who, move |tx| {
                counters.succeeded(tx.sql())?;
                // Asked here: one that was enrolled a moment ago counts.
                if factors::count(tx.sql(), user_id)? > 0 {
                    return half_entered(tx, entering).map(|done| done.map(|_| None));
                }
                entered(tx, entering).map(|done| done.map(Some))
            })
            .await?;
        let Some(session) = opened else { return Ok(Entered::Half { ticket: cookie }) };
        let device = self.device_cookie(attempt.org, &attempt.login);
        Ok(Entered::In(SignedIn { cookie, session, user: user_id, device }))
    }

    async fn failed(&self, attempt: &SignIn, counters: Counters) -> Outcome<Entered> {
        if let Err(wait) = self.admit(attempt, &counters) {
            let now = self.now();
            self.db().maintain(move |sql| counters.failed(sql, now)).await?;
            return Err(too_many(wait.0));
        }
        let (login, address) = (attempt.login.trim().to_owned(), address_text(attempt));
        let vault = self.vault().clone();
        let who = Who { actor: Actor::Anonymous, request: Some(attempt.request) };
        let until = self
            .db()
            .write(attempt.org, who, move |tx| {
                let now = tx.now();
                let until = counters.failed(tx.sql(), now)?;
                let user = somebody(tx, &login)?;
                let reason = match &user {
                    None => "unknown login",
                    Some(user) if !user.is_active() => "disabled",
                    Some(_) => "wrong password",
                };
                let event = Event::SignInFailed {
                    login: typed::shown(&vault, &login, user.is_some()),
                    user: user.map(|u| u.id),
                    reason: Text::new(reason),
                    address,
                };
                Ok::<_, Fault>(tx.record(event).with(until))
            })
            .await?;
        Err(refusal(until.map(|until| until.since(self.now()).0.max(1))))
    }

    /// Whether this failure is recorded: of a browser that the person has signed in with before, always.
    fn admit(&self, attempt: &SignIn, counters: &Counters) -> Result<(), Seconds> {
        if counters.is_known() {
            return Ok(());
        }
        self.0.strangers.admit(With::Credential, attempt.org, attempt.address, self.now())
    }

    async fn throttled(&self, attempt: &SignIn, counters: &Counters, until: Timestamp) -> Outcome<Entered> {
        let wait = until.since(self.now());
        if let Err(longer) = self.admit(attempt, counters) {
            return Err(too_many(wait.max(longer).0));
        }
        let (login, address) = (attempt.login.trim().to_owned(), address_text(attempt));
        let vault = self.vault().clone();
        let who = Who { actor: Actor::Anonymous, request: Some(attempt.request) };
        self.db()
            .write(attempt.org, who, move |tx| {
                let login = typed::shown(&vault, &login, somebody(tx, &login)?.is_some());
                let event = Event::SignInThrottled { login, address, until: Some(until) };
                Ok::<_, Fault>(tx.record(event).with(()))
            })
            .await?;
        Err(too_many(wait.0.max(1)))
    }

    /// The person behind a session cookie, if the session lives: not ended, not idle too long, the person active.
    pub async fn present(&self, cookie: &Secret) -> Outcome<Option<Present>> {
        if !secret::well_formed(cookie.expose(), SecretKind::Session) {
            return Ok(None);
        }
        let hash = self.vault().keyed_hash(cookie);
        let Some(session) = self.db().read(move |sql| sessions::find_by_hash(sql, &hash)).await? else {
            return Ok(None);
        };
        let now = self.now();
        let idle = now.since(session.seen) >= self.platform().settings.session_idle;
        if session.ended.is_some() || session.facts.half || now >= session.ends || idle {
            return Ok(None);
        }
        if now.since(session.seen).0 >= NOTE_EVERY {
            let id = session.id;
            self.db().maintain(move |sql| sessions::touch(sql, id, now)).await?;
        }
        let found = {
            let hot = self.db().hot();
            let user = hot.users.find(session.org, session.user).filter(|u| u.is_active()).cloned();
            user.map(|user| (self.management_scopes(&hot, session.org, user.id), user))
        };
        let Some((scopes, user)) = found else { return Ok(None) };
        let present = Present { session, user, scopes, gate: Gate::Open };
        let gate = self.gate(&present).await?;
        Ok(Some(Present { gate, ..present }))
    }

    /// What has to be done first, where the organization wants a second factor of this person.
    async fn gate(&self, present: &Present) -> Outcome<Gate> {
        if present.session.facts.second.is_some() || !self.demands_factor(present) {
            return Ok(Gate::Open);
        }
        let user = present.user.id;
        let count = self.db().read(move |sql| factors::count(sql, user)).await?;
        Ok(if count == 0 { Gate::Enroll } else { Gate::Prove })
    }

    /// What a person may do here: the scopes of their assignments to the management API.
    fn management_scopes(&self, hot: &chancery_store::hot::Hot, org: OrgId, user: UserId) -> ScopeSet {
        let Some(api) = hot.applications.of(org).find(|app| app.builtin) else {
            return ScopeSet::empty();
        };
        match hot.assigned_user(user, api.id) {
            Assigned::No => ScopeSet::empty(),
            Assigned::Fully => api.all_scopes(),
            Assigned::To(scopes) => scopes,
        }
    }

    /// Ends the session: its tokens are dead from now on.
    pub async fn end_session(
        &self,
        cx: &Cx,
        session: SessionId,
        user: UserId,
        reason: &'static str,
    ) -> Outcome<()> {
        cx.db()
            .write(cx.org, cx.who(), move |tx| {
                let now = tx.now();
                let ended = sessions::end(tx.sql(), session, now)?;
                let recorded = tx.record(Event::SessionEnded { user, session, reason: Text::new(reason) });
                if ended {
                    tx.mark(MarkKey::Session(session), recorded.pos)?;
                }
                Ok::<_, Fault>(recorded.with(()))
            })
            .await
    }

    /// The caller's own sessions that live.
    pub async fn own_sessions(&self, cx: &Cx) -> Outcome<Vec<Session>> {
        let user = own(cx)?;
        let now = self.now();
        Ok(self.db().read(move |sql| sessions::of_user(sql, user, now)).await?)
    }

    /// Ends one of the caller's own sessions, or all but the present one.
    pub async fn end_own(&self, cx: &Cx, only: Option<SessionId>) -> Outcome<()> {
        let user = own(cx)?;
        let Caller::Person { session: present, .. } = cx.caller else {
            return Err(Fault::not_found("session"));
        };
        let all = self.own_sessions(cx).await?;
        for session in all.iter().filter(|s| only.map_or(s.id != present, |id| s.id == id)) {
            self.end_session(cx, session.id, user, "ended by the person").await?;
        }
        Ok(())
    }

    /// Changes the caller's own password, which they prove they know, and ends their other sessions and all refresh
    /// tokens. Whoever finds an open session guesses no faster here than at the sign-in.
    pub async fn change_password(&self, cx: &Cx, current: Secret, new: Secret) -> Outcome<()> {
        let user = own(cx)?;
        let (now, counters) = (self.now(), Counters::of_person(self.vault(), user));
        let asked = counters.clone();
        if let Some(until) = self.db().maintain(move |sql| asked.begin(sql, now)).await? {
            self.record_unchanged(cx, user, "too many attempts").await?;
            return Err(too_many(until.since(now).0.max(1)));
        }
        let hash = self.db().read(move |sql| passwords::find(sql, user)).await?;
        if !password::verify(hash, current).await? {
            self.record_unchanged(cx, user, "wrong password").await?;
            return Err(Fault::invalid("wrong_password", "the present password is wrong"));
        }
        let phc = password::hash(self.env(), new).await?;
        cx.db()
            .write(cx.org, cx.who(), move |tx| {
                let now = tx.now();
                passwords::set(tx.sql(), user, &phc, now)?;
                counters.succeeded(tx.sql())?;
                let recorded = tx.record(Event::PasswordSet { user });
                end_families(tx, user)?;
                Ok::<_, Fault>(recorded.with(()))
            })
            .await?;
        self.end_own(cx, None).await
    }

    async fn record_unchanged(&self, cx: &Cx, user: UserId, reason: &'static str) -> Outcome<()> {
        let event = Event::PasswordChangeRefused { user, reason: Text::new(reason) };
        cx.db().write(cx.org, cx.who(), move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }

    /// A value for a form that only this browser's cookie makes valid.
    pub fn csrf(&self, cookie: &Secret) -> String {
        chancery_jose::b64(&self.vault().tag("csrf", cookie.expose().as_bytes()))
    }

    /// Whether a form came from a page shown to this browser.
    pub fn csrf_holds(&self, cookie: &Secret, given: &str) -> bool {
        Secret::new(self.csrf(cookie)).ct_eq(given.as_bytes())
    }

    /// A cookie for a browser that is not signed in yet: forms need one to be bound to.
    pub fn visitor_cookie(&self) -> Secret {
        secret::generate(self.env(), SecretKind::Csrf)
    }
}

/// What was let in with the old password goes with it, also for the time the person is away.
fn end_families(tx: &mut Tx<'_>, user: UserId) -> Outcome<()> {
    let now = tx.now();
    for family in families::of_user(tx.sql(), user)? {
        families::end(tx.sql(), family.id, now)?;
        let agent = tx.find::<Client>(family.client).and_then(|client| client.agent);
        let recorded = tx.record(Event::FamilyRevoked {
            family: family.id,
            user: Some(user),
            client: Some(family.client),
            agent,
            reason: Text::new("the password was changed"),
        });
        tx.mark(MarkKey::Family(family.id), recorded.pos)?;
    }
    Ok(())
}

/// What opening a session needs.
pub(crate) struct Entering {
    pub user: UserId,
    /// Of the new cookie.
    pub hash: [u8; 32],
    /// Of the cookie the browser has.
    pub present: Option<[u8; 32]>,
    pub ends: Timestamp,
    pub facts: SessionFacts,
}

/// The facts were read before the hash was computed: the person may have been disabled meanwhile.
fn still_there(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    let user = tx.get::<User>(user).map_err(|_| refusal(None))?;
    if user.is_active() { Ok(()) } else { Err(refusal(None)) }
}

fn fresh(tx: &mut Tx<'_>, new: Entering) -> Result<Session, Fault> {
    let now = tx.now();
    let Entering { user, hash, ends, facts, .. } = new;
    let (id, org) = (tx.id(), tx.org());
    let session = Session { id, org, user, hash, auth_time: now, seen: now, ends, ended: None, facts };
    sessions::insert(tx.sql(), &session)?;
    Ok(session)
}

/// Opens a session, or renews the one the browser has.
pub(crate) fn entered(tx: &mut Tx<'_>, new: Entering) -> Result<Audited<SessionId>, Fault> {
    let now = tx.now();
    still_there(tx, new.user)?;
    let user = new.user;
    let (method, address) = (Text::new(&new.facts.amr.join("+")), Text::new(&new.facts.address));
    let own = match new.present {
        Some(hash) => sessions::find_by_hash(tx.sql(), &hash)?
            .filter(|s| s.user == user && s.ended.is_none() && !s.facts.half),
        None => None,
    };
    let session = match own {
        Some(session) if now < session.ends => {
            sessions::reauthenticated(tx.sql(), session.id, &new.hash, now, &new.facts)?;
            session.id
        }
        _ => fresh(tx, new)?.id,
    };
    Ok(tx.record(Event::SignInSucceeded { user, session, method, address }).with(session))
}

/// So long somebody whose password was right may look for their second factor.
const HALF_LASTS: Seconds = Seconds::minutes(10);

/// Notes that the password was right: the ticket it makes is good for the second step and nothing else.
fn half_entered(tx: &mut Tx<'_>, new: Entering) -> Result<Audited<SessionId>, Fault> {
    still_there(tx, new.user)?;
    let ends = tx.now().plus(HALF_LASTS);
    let facts = SessionFacts { half: true, ..new.facts.clone() };
    let session = fresh(tx, Entering { ends, facts, ..new })?;
    let (user, address) = (session.user, Text::new(&session.facts.address));
    Ok(tx.record(Event::SecondFactorAsked { user, address }).with(session.id))
}

/// Whose login this is.
fn somebody(tx: &mut Tx<'_>, login: &str) -> Result<Option<User>, Fault> {
    let org = tx.org();
    Ok(nouns::by_name(tx.sql(), org, &login.to_lowercase())?)
}

fn address_text(attempt: &SignIn) -> Text {
    Text::new(&attempt.address.map(|a| a.to_string()).unwrap_or_default())
}

fn too_many(wait: i64) -> Fault {
    let text = format!("too many attempts: wait {wait} seconds and try again");
    Fault { retry: Some(Seconds(wait)), ..Fault::new(Kind::TooMany, "throttled", text) }
}

/// One sentence for unknown, disabled and wrong.
fn refusal(wait: Option<i64>) -> Fault {
    let text = match wait {
        Some(seconds) => {
            format!("login or password is wrong; wait {seconds} seconds before the next attempt")
        }
        None => "login or password is wrong".to_owned(),
    };
    Fault::new(Kind::Unauthenticated, "sign_in_failed", text)
}

/// The person whose own things these are.
fn own(cx: &Cx) -> Outcome<UserId> {
    match cx.caller {
        Caller::Person { user, .. } => Ok(user),
        _ => Err(Fault::new(Kind::Unauthenticated, "unauthenticated", "sign in first")),
    }
}
