//! Revocation marks: a key and a position in the organization's log (domain: "Revocation has one mechanism").

use std::fmt;

use chancery_kernel::{
    AgentId, AppId, ClientId, FamilyId, GrantId, OrgId, RunId, SessionId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

/// What a mark kills. Its text form is the key in the feed of marks: an id, two ids joined by `+`, or `tok:<jti>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MarkKey {
    Organization(OrgId),
    Agent(AgentId),
    User(UserId),
    Client(ClientId),
    AgentUser(AgentId, UserId),
    AgentApplication(AgentId, AppId),
    UserApplication(UserId, AppId),
    ClientApplication(ClientId, AppId),
    Application(AppId),
    Grant(GrantId),
    Run(RunId),
    Session(SessionId),
    /// All that descends from one authorization of a client by a person.
    Family(FamilyId),
    /// One token, by its `jti`.
    Token(String),
}

impl fmt::Display for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(id) => id.fmt(f),
            Self::Agent(id) => id.fmt(f),
            Self::User(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::AgentUser(a, u) => write!(f, "{a}+{u}"),
            Self::AgentApplication(a, p) => write!(f, "{a}+{p}"),
            Self::UserApplication(u, p) => write!(f, "{u}+{p}"),
            Self::ClientApplication(c, p) => write!(f, "{c}+{p}"),
            Self::Application(id) => id.fmt(f),
            Self::Grant(id) => id.fmt(f),
            Self::Run(id) => id.fmt(f),
            Self::Session(id) => id.fmt(f),
            Self::Family(id) => id.fmt(f),
            Self::Token(jti) => write!(f, "tok:{jti}"),
        }
    }
}

/// A revocation: every token whose decision stands before `pos` and that carries the key is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub org: OrgId,
    /// Text form of [`MarkKey`].
    pub key: String,
    pub pos: i64,
    pub at: Timestamp,
    /// When every token it could kill has expired by itself, and it may be forgotten.
    pub until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMarkKey;

impl std::str::FromStr for MarkKey {
    type Err = BadMarkKey;

    fn from_str(text: &str) -> Result<Self, BadMarkKey> {
        if let Some(jti) = text.strip_prefix("tok:") {
            return Ok(Self::Token(jti.to_owned()));
        }
        if let Some((first, second)) = text.split_once('+') {
            if let (Ok(agent), Ok(user)) = (first.parse(), second.parse()) {
                return Ok(Self::AgentUser(agent, user));
            }
            let app = second.parse().map_err(|_| BadMarkKey)?;
            return match (first.parse(), first.parse(), first.parse()) {
                (Ok(agent), _, _) => Ok(Self::AgentApplication(agent, app)),
                (_, Ok(user), _) => Ok(Self::UserApplication(user, app)),
                (_, _, Ok(client)) => Ok(Self::ClientApplication(client, app)),
                _ => Err(BadMarkKey),
            };
        }
        fn read<I: std::str::FromStr>(text: &str, wrap: fn(I) -> MarkKey) -> Option<MarkKey> {
            text.parse().ok().map(wrap)
        }
        read(text, Self::Organization)
            .or_else(|| read(text, Self::Agent))
            .or_else(|| read(text, Self::User))
            .or_else(|| read(text, Self::Client))
            .or_else(|| read(text, Self::Application))
            .or_else(|| read(text, Self::Grant))
            .or_else(|| read(text, Self::Run))
            .or_else(|| read(text, Self::Session))
            .or_else(|| read(text, Self::Family))
            .ok_or(BadMarkKey)
    }
}

/// All that can kill one token: what its claims `org_id`, `keys` and `jti` say, read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenKeys {
    pub org: Option<OrgId>,
    /// The whole chain of agents.
    pub agents: Vec<AgentId>,
    pub user: Option<UserId>,
    pub application: Option<AppId>,
    /// Through which each agent of the chain spoke, the present one first: each can be stopped.
    pub clients: Vec<ClientId>,
    pub grants: Vec<GrantId>,
    pub run: Option<RunId>,
    pub session: Option<SessionId>,
    pub family: Option<FamilyId>,
    pub jti: Option<String>,
}

impl TokenKeys {
    /// The `keys` claim: single ids; readers build the pairs.
    pub fn claim(&self) -> Vec<String> {
        let mut out: Vec<String> = self.agents.iter().map(ToString::to_string).collect();
        out.extend(self.user.map(|id| id.to_string()));
        out.extend(self.application.map(|id| id.to_string()));
        out.extend(self.clients.iter().map(ToString::to_string));
        out.extend(self.grants.iter().map(ToString::to_string));
        out.extend(self.run.map(|id| id.to_string()));
        out.extend(self.session.map(|id| id.to_string()));
        out.extend(self.family.map(|id| id.to_string()));
        out
    }

    /// Reads the claims back. Texts that are no ids are passed over: they can name no mark.
    pub fn read<'a>(org: Option<OrgId>, keys: impl IntoIterator<Item = &'a str>, jti: Option<&str>) -> Self {
        let mut out = Self { org, jti: jti.map(str::to_owned), ..Self::default() };
        for text in keys {
            match text.parse::<MarkKey>() {
                Ok(MarkKey::Agent(id)) => out.agents.push(id),
                Ok(MarkKey::User(id)) => out.user = Some(id),
                Ok(MarkKey::Application(id)) => out.application = Some(id),
                Ok(MarkKey::Client(id)) => out.clients.push(id),
                Ok(MarkKey::Grant(id)) => out.grants.push(id),
                Ok(MarkKey::Run(id)) => out.run = Some(id),
                Ok(MarkKey::Session(id)) => out.session = Some(id),
                Ok(MarkKey::Family(id)) => out.family = Some(id),
                _ => {}
            }
        }
        out
    }

    /// Every mark that would kill the token.
    pub fn marks(&self) -> Vec<MarkKey> {
        let mut out = Vec::with_capacity(8 + 2 * self.agents.len());
        out.extend(self.org.map(MarkKey::Organization));
        for agent in &self.agents {
            out.push(MarkKey::Agent(*agent));
            out.extend(self.user.map(|user| MarkKey::AgentUser(*agent, user)));
            out.extend(self.application.map(|app| MarkKey::AgentApplication(*agent, app)));
        }
        if let Some(user) = self.user {
            out.push(MarkKey::User(user));
            out.extend(self.application.map(|app| MarkKey::UserApplication(user, app)));
        }
        out.extend(self.application.map(MarkKey::Application));
        for client in &self.clients {
            out.push(MarkKey::Client(*client));
            out.extend(self.application.map(|app| MarkKey::ClientApplication(*client, app)));
        }
        out.extend(self.grants.iter().copied().map(MarkKey::Grant));
        out.extend(self.run.map(MarkKey::Run));
        out.extend(self.session.map(MarkKey::Session));
        out.extend(self.family.map(MarkKey::Family));
        out.extend(self.jti.clone().map(MarkKey::Token));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;

    fn id<I: Id>(n: u128) -> I {
        I::from_uuid(chancery_kernel::id::Uuid::from_u128(n))
    }

    #[test]
    fn keys_round_trip_through_their_text() {
        let keys = [
            MarkKey::Organization(id(1)),
            MarkKey::Agent(id(2)),
            MarkKey::User(id(3)),
            MarkKey::Client(id(4)),
            MarkKey::AgentUser(id(5), id(6)),
            MarkKey::AgentApplication(id(7), id(8)),
            MarkKey::UserApplication(id(9), id(10)),
            MarkKey::ClientApplication(id(16), id(17)),
            MarkKey::Application(id(11)),
            MarkKey::Grant(id(12)),
            MarkKey::Run(id(13)),
            MarkKey::Session(id(14)),
            MarkKey::Family(id(15)),
            MarkKey::Token("abc+def".into()),
        ];
        for key in keys {
            assert_eq!(key.to_string().parse::<MarkKey>(), Ok(key));
        }
    }

    #[test]
    fn one_persons_use_of_one_application_is_a_key_of_its_own() {
        let token = TokenKeys {
            user: Some(id(1)),
            application: Some(id(2)),
            agents: vec![id(3)],
            ..TokenKeys::default()
        };
        let marks = token.marks();
        assert!(marks.contains(&MarkKey::UserApplication(id(1), id(2))));
        assert!(!marks.contains(&MarkKey::UserApplication(id(1), id(9))));
        let claim = token.claim();
        assert_eq!(TokenKeys::read(None, claim.iter().map(String::as_str), None), token);
    }
}
