//! Asking for a permission that lasts for a while.
//!
//! [`Client::request_access`] asks and waits for what becomes of it. What was asked can be waited for after a restart: keep
//! [`Filed::id`], and go on with [`Client::resume_access`]. Once it is given, tokens are had in the usual way until its end.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::management::part;
use crate::waiting::{Look, Next, OPEN, PAUSE, Patience};
use crate::{Client, ClientError, Secret, WaitBy, events, wire};

/// What the token of a client itself is asked for.
const SCOPE: &str = "requests.read requests.manage";
/// A question stands for a quarter of an hour: a server that says nothing more is given up.
const LONGEST: Duration = Duration::from_secs(1_000);

/// What is wanted, and what for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRequest {
    /// Id of the system.
    pub application: Option<String>,
    /// Scopes, separated by spaces.
    pub scopes: String,
    /// In one sentence: the person reads it.
    pub purpose: String,
    /// Id of the person it is on behalf of; where the token names one, that one counts.
    pub user: Option<String>,
    /// How long it lasts; the issuer has its own idea where nothing is said.
    pub lifetime: Option<Duration>,
    /// The permission that is to last longer.
    pub extends: Option<String>,
    /// An access token for the management API, such as one that names the person; without it the client comes for itself.
    pub token: Option<Secret>,
}

impl AccessRequest {
    /// These scopes of this system, for this.
    #[must_use]
    pub fn new(application: &str, scopes: &str, purpose: &str) -> Self {
        Self {
            application: Some(application.to_owned()),
            scopes: scopes.to_owned(),
            purpose: purpose.to_owned(),
            user: None,
            lifetime: None,
            extends: None,
            token: None,
        }
    }

    /// More time for this permission, for this.
    #[must_use]
    pub fn extension(grant: &str, purpose: &str) -> Self {
        Self { application: None, extends: Some(grant.to_owned()), ..Self::new("", "", purpose) }
    }

    /// On behalf of this person.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// For so long.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// With this access token.
    #[must_use]
    pub fn token(mut self, token: Secret) -> Self {
        self.token = Some(token);
        self
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("purpose".to_owned(), json!(self.purpose));
        let texts = [("application", &self.application), ("user", &self.user), ("extends", &self.extends)];
        for (name, text) in texts {
            body.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
        }
        if !self.scopes.is_empty() {
            body.insert("scopes".to_owned(), json!(self.scopes));
        }
        body.extend(self.lifetime.map(|length| ("seconds".to_owned(), json!(length.as_secs().max(1)))));
        Value::Object(body)
    }
}

/// A request that was filed.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Filed {
    /// Keep it, to go on with after a restart.
    pub id: String,
    /// `pending` at first.
    pub state: String,
    /// The permission, once it is given.
    pub grant: String,
}

/// What became of it. Only the first gives anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The permission; it is given back with [`Client::return_access`].
    Given {
        /// Its id.
        grant: String,
    },
    /// The person said no. Do not ask the same again.
    Denied,
    /// Nobody answered in time. Asking again is no offense.
    Lapsed,
    /// The request was taken back: the agent was contained, the task stopped, or the person has left.
    Canceled,
}

impl Client {
    /// Asks for a permission, and waits for the person who has to say yes.
    pub async fn request_access(&self, request: &AccessRequest) -> Result<Access, ClientError> {
        match self.file_access(request).await {
            Ok(filed) => self.resume_access(request.token.as_ref(), &filed.id).await,
            Err(error) if error.code() == Some("approval_denied") => Ok(Access::Denied),
            Err(error) => Err(error),
        }
    }

    /// The same, without waiting: the person was asked when this returns.
    pub async fn file_access(&self, request: &AccessRequest) -> Result<Filed, ClientError> {
        let address = self.requests("");
        let asked = self.desk(request.token.as_ref(), Method::POST, &address).await?;
        wire::api(asked.json(&request.body()), &address).await
    }

    /// Goes on with a request that was filed earlier, such as before a restart, and waits for what becomes of it. A server
    /// that cannot be reached for a while is asked again.
    pub async fn resume_access(&self, token: Option<&Secret>, id: &str) -> Result<Access, ClientError> {
        let mut patience = Patience::new(LONGEST, PAUSE);
        loop {
            let look = self.look_at_access(token, id).await;
            let look = look.map(|access| access.map_or(Look::Waits(None), Look::Over));
            match patience.after(look).await? {
                Next::Over(access) => return Ok(access),
                Next::Lapsed => return Ok(Access::Lapsed),
                Next::Again => {}
            }
        }
    }

    /// Gives a permission back before its end. Tokens that rest on it are dead from then on.
    pub async fn return_access(&self, token: Option<&Secret>, grant: &str) -> Result<(), ClientError> {
        let address = format!("{}/grants/{}/return", self.management(), part(grant));
        wire::done(self.desk(token, Method::POST, &address).await?, &address).await
    }

    async fn look_at_access(&self, token: Option<&Secret>, id: &str) -> Result<Option<Access>, ClientError> {
        let mut wait = OPEN.as_secs();
        if self.1 == WaitBy::Events {
            let address = self.requests(&format!("/{}/events", part(id)));
            let request = self.desk(token, Method::GET, &address).await?;
            if events::outcome(request, &address).await?.is_none() {
                return Ok(None);
            }
            wait = 0;
        }
        let address = self.requests(&format!("/{}?wait={wait}", part(id)));
        let filed: Filed = wire::api(self.desk(token, Method::GET, &address).await?, &address).await?;
        Ok(match filed.state.as_str() {
            "pending" => None,
            "denied" => Some(Access::Denied),
            "expired" => Some(Access::Lapsed),
            "canceled" => Some(Access::Canceled),
            "approved" | "redeemed" => Some(Access::Given { grant: filed.grant }),
            _ => return Err(ClientError::Unexpected { address, status: 200 }),
        })
    }

    fn requests(&self, rest: &str) -> String {
        format!("{}/requests{rest}", self.management())
    }

    async fn desk(
        &self,
        token: Option<&Secret>,
        method: Method,
        address: &str,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        self.managing(token, SCOPE, method, address).await
    }
}
