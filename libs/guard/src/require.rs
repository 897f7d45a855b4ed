//! What a route asks of a caller.

use std::time::Duration;

use serde_json::Value;

use crate::{Caller, Profile, refusal::Refusal};

/// What a route asks of a caller besides a valid token. Every condition must hold.
///
/// ```
/// use chancery_guard::Require;
/// let require = Require::scope("crm.read").and_scope("crm.export").delegated_only().agent("agt_1");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Require {
    scopes: Vec<String>,
    profile: Option<Profile>,
    delegated: bool,
    agents: Vec<String>,
    clients: Vec<String>,
    acr: Vec<String>,
    max_age: Option<Duration>,
}

impl Require {
    /// Nothing but a valid token for this audience.
    #[must_use]
    pub fn token() -> Self {
        Self::default()
    }

    /// This scope.
    #[must_use]
    pub fn scope(scope: impl Into<String>) -> Self {
        Self::default().and_scope(scope)
    }

    /// All of these scopes.
    #[must_use]
    pub fn scopes<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// And this scope too.
    #[must_use]
    pub fn and_scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Another token profile than the guard's own. A token without delegation fits every profile: it has no second
    /// subject that could be taken for the first.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Only an agent that acts for a person.
    #[must_use]
    pub fn delegated_only(mut self) -> Self {
        self.delegated = true;
        self
    }

    /// Only this agent, or one of several when called again. It is the present actor that counts.
    #[must_use]
    pub fn agent(mut self, id: impl Into<String>) -> Self {
        self.agents.push(id.into());
        self
    }

    /// Only this client, or one of several when called again.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.push(id.into());
        self
    }

    /// Only where the person proved themselves in this class (`acr`), or one of several when called again. Whoever did
    /// not is told which would do (RFC 9470 §3).
    #[must_use]
    pub fn acr(mut self, class: impl Into<String>) -> Self {
        self.acr.push(class.into());
        self
    }

    /// Only where the person proved themselves this lately.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    pub(crate) fn check(&self, caller: &Caller, default: Profile, now: i64) -> Result<(), Refusal> {
        if caller.profile.is_some_and(|profile| profile != self.profile.unwrap_or(default)) {
            return Err(Refusal::Invalid("the token has another profile than this API understands"));
        }
        if self.delegated && !caller.is_delegated() {
            return Err(Refusal::Forbidden("only an agent acting for a person may do this"));
        }
        if !listed(&self.agents, caller.agent.as_deref()) {
            return Err(Refusal::Forbidden("this agent may not do this"));
        }
        if !listed(&self.clients, Some(&caller.client_id)) {
            return Err(Refusal::Forbidden("this client may not do this"));
        }
        if !self.scopes.iter().all(|scope| caller.has_scope(scope)) {
            return Err(Refusal::Scope(self.scopes.join(" ")));
        }
        self.assured(caller, now)
    }

    /// What a token does not say of the person, they did not do.
    fn assured(&self, caller: &Caller, now: i64) -> Result<(), Refusal> {
        let class = caller.claims.get("acr").and_then(Value::as_str);
        let proven = caller.claims.get("auth_time").and_then(Value::as_i64);
        let most = self.max_age.map(|age| age.as_secs());
        let recent =
            |most: u64| proven.is_some_and(|at| u64::try_from(now.saturating_sub(at)).unwrap_or(0) <= most);
        if listed(&self.acr, class) && most.is_none_or(recent) {
            return Ok(());
        }
        Err(Refusal::Assurance { acr: self.acr.join(" "), max_age: most })
    }
}

/// Whether it is on the list; an empty list asks nothing.
fn listed(list: &[String], id: Option<&str>) -> bool {
    list.is_empty() || id.is_some_and(|id| list.iter().any(|listed| listed == id))
}
