//! Who calls.

use chancery_audit::Actor;
use chancery_kernel::{AgentId, AppId, ClientId, ScopeSet, SessionId, UserId};

use crate::Act;

/// The proven identity behind a call.
#[derive(Clone, Debug)]
pub enum Caller {
    /// The server itself.
    System,
    /// Nobody proved anything.
    Anonymous,
    /// A person in a browser, by session cookie; `scopes` are those of their assignments to the management API.
    Person { user: UserId, session: SessionId, scopes: ScopeSet },
    /// The bearer of a token of ours for the management API.
    Token {
        client: ClientId,
        application: Option<AppId>,
        agent: Option<AgentId>,
        user: Option<UserId>,
        /// The sign-in it came of.
        session: Option<SessionId>,
        scopes: ScopeSet,
    },
}

impl Caller {
    /// As events name it.
    pub fn actor(&self) -> Actor {
        match self {
            Self::System => Actor::System,
            Self::Anonymous => Actor::Anonymous,
            Self::Person { user, .. } => Actor::User(*user),
            Self::Token { agent: Some(agent), .. } => Actor::Agent(*agent),
            Self::Token { user: Some(user), .. } => Actor::User(*user),
            Self::Token { client, .. } => Actor::Client(*client),
        }
    }

    pub fn may(&self, act: Act) -> bool {
        match self {
            Self::System => true,
            Self::Anonymous => false,
            Self::Person { scopes, .. } | Self::Token { scopes, .. } => scopes.contains(act.scope()),
        }
    }

    /// The person behind the call, if there is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Person { user, .. } => Some(*user),
            Self::Token { user, .. } => *user,
            Self::System | Self::Anonymous => None,
        }
    }

    /// Who did it, as versions and containments write it.
    pub fn text(&self) -> String {
        match self.actor() {
            Actor::System => "system".to_owned(),
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::User(id) => id.to_string(),
            Actor::Agent(id) => id.to_string(),
            Actor::Client(id) => id.to_string(),
        }
    }
}
