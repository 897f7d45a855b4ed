//! A token, read from the line of the log that allowed it.

use chancery_audit::{Entry, Event, Evidence, Person, Text};
use chancery_context::Cx;
use chancery_kernel::{AgentId, AppId, ClientId, RunId, ScopeSet, Timestamp, UserId};
use chancery_model::{Application, TokenKeys};

use super::{Holder, LiveToken};

/// The kinds of event that issue a token.
pub(super) const KINDS: &[&str] = &["token_decided", "client_token_decided", "person_token_decided"];

/// What the log says of a token that was issued.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    pub pos: i64,
    pub jti: String,
    pub expires: Timestamp,
    pub client: ClientId,
    pub agent: Option<AgentId>,
    pub user: Option<UserId>,
    pub application: Option<AppId>,
    pub keys: TokenKeys,
    at: Timestamp,
    /// Name of the agent and login of the person, where the line has them.
    names: (Option<String>, Option<String>),
    /// Audience and profile, where the line has them.
    view: Option<(String, String)>,
    run: Option<RunId>,
    scopes: ScopeSet,
}

impl Issued {
    /// `None` for what issued nothing.
    pub fn read(entry: &Entry) -> Option<Self> {
        match entry.event()? {
            Event::TokenDecided {
                jti: Some(jti), evidence, audience, profile, expires, rests_on, ..
            } => {
                let client = evidence.agent.client;
                let (application, scopes) = (evidence.target.application, &evidence.task.scopes);
                let mut token = Self::new(entry, jti, *expires, client, application, scopes);
                token.view = Some((audience.to_string(), profile.to_string()));
                token.delegate(evidence);
                Some(token.resting_on(rests_on.as_ref()))
            }
            Event::PersonTokenDecided {
                user,
                client,
                application,
                jti: Some(jti),
                scopes,
                expires,
                rests_on,
                ..
            } => {
                let mut token = Self::new(entry, jti, *expires, *client, *application, scopes);
                token.user = Some(*user);
                token.keys.user = Some(*user);
                Some(token.resting_on(rests_on.as_ref()))
            }
            Event::ClientTokenDecided { client, application, jti: Some(jti), scopes, expires, .. } => {
                Some(Self::new(entry, jti, *expires, *client, *application, scopes))
            }
            _ => None,
        }
    }

    /// Lines of earlier versions do not all say when the token ends: then it is the latest it can.
    fn new(
        entry: &Entry,
        jti: &Text,
        expires: Option<Timestamp>,
        client: ClientId,
        application: Option<AppId>,
        scopes: &ScopeSet,
    ) -> Self {
        let keys = TokenKeys {
            org: Some(entry.envelope.log),
            clients: vec![client],
            applications: application.into_iter().collect(),
            jti: Some(jti.to_string()),
            ..TokenKeys::default()
        };
        Self {
            pos: entry.seq(),
            jti: jti.to_string(),
            expires: expires.unwrap_or_else(|| entry.at().plus(Application::LONGEST_LIFETIME)),
            client,
            agent: None,
            user: None,
            application,
            keys,
            at: entry.at(),
            names: (None, None),
            view: None,
            run: None,
            scopes: scopes.clone(),
        }
    }

    fn delegate(&mut self, evidence: &Evidence) {
        let agent = &evidence.agent;
        self.agent = Some(agent.agent);
        self.names.0 = Some(agent.name.to_string());
        if let Person::Acting { user, login, .. } = &evidence.user {
            self.user = Some(*user);
            self.names.1 = Some(login.to_string());
        }
        self.run = evidence.task.run;
        self.keys.user = self.user;
        self.keys.agents = std::iter::once(agent.agent).chain(agent.chain.iter().copied()).collect();
        self.keys.run = self.run;
    }

    /// The consents, the session and the family that the line names beside its nouns.
    fn resting_on(mut self, ids: Option<&Text>) -> Self {
        let further = TokenKeys::read(None, ids.map_or("", Text::as_str).split(' '), None);
        self.keys.grants = further.grants;
        self.keys.session = further.session;
        self.keys.family = further.family;
        self.keys.clients.extend(further.clients);
        self.keys.applications.extend(further.applications);
        self.keys.sources = further.sources;
        self
    }

    pub fn is_of(&self, holder: Option<Holder>) -> bool {
        match holder {
            None => true,
            Some(Holder::Agent(id)) => self.keys.agents.contains(&id),
            Some(Holder::User(id)) => self.user == Some(id),
            Some(Holder::Client(id)) => self.client == id,
        }
    }

    /// The token, if it works now.
    pub fn live(&self, cx: &Cx, now: Timestamp) -> Option<LiveToken> {
        let (hot, org) = (cx.db().hot(), cx.org);
        if self.expires <= now || hot.killed_by(&self.keys.marks(), self.pos).is_some() {
            return None;
        }
        let own = || {
            let app = self.application.and_then(|id| hot.applications.find(org, id));
            let audience =
                app.map_or_else(|| cx.platform.settings.issuer.to_string(), |app| app.resource.clone());
            (audience, "rfc8693".to_owned())
        };
        let (audience, profile) = self.view.clone().unwrap_or_else(own);
        let login = |id| hot.users.find(org, id).map(|user| user.login.clone()).unwrap_or_default();
        Some(LiveToken {
            jti: self.jti.clone(),
            pos: self.pos,
            issued: self.at,
            expires: self.expires,
            client: self.client,
            agent: self.agent.map(|id| (id, self.names.0.clone().unwrap_or_default())),
            user: self.user.map(|id| (id, self.names.1.clone().unwrap_or_else(|| login(id)))),
            application: self.application,
            audience,
            profile,
            run: self.run,
            scopes: self.scopes.clone(),
        })
    }
}
