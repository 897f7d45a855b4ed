//! Asking a person for a yes, away from their keyboard (OpenID CIBA Core 1.0, poll and ping mode).
//!
//! [`Client::ask`] puts the question; [`Client::decision`] waits for the answer as long as the question stands, on open
//! lines where the issuer holds them, in its pace where it does not; on an event stream where the client is to
//! ([`Client::waiting_by`]), or when it is pinged ([`Client::pinged_by`]). What was asked can be waited for after a restart:
//! keep [`Waiting::auth_req_id`], and make another with [`Waiting::resume`].

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::client::endpoint;
use crate::pings::RARELY;
use crate::waiting::{Look, Next, OPEN, PAUSE, Patience};
use crate::{Client, ClientError, Pings, Secret, Tokens, WaitBy, events, wire};

const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// CIBA §11: what every `slow_down` adds, where the issuer does not say.
const SLOWER: Duration = Duration::from_secs(5);

/// Whom to ask.
#[derive(Clone, Debug)]
pub enum Who {
    /// By sign-in name, e-mail address or user id.
    Login(String),
    /// The person of an ID token that this client was given.
    IdToken(Secret),
}

/// What an agent wants to be allowed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// Whom to ask.
    pub who: Who,
    /// Scopes; `openid` is added where it is missing.
    pub scope: String,
    /// The system it is about.
    pub resource: Option<String>,
    /// One sentence for the person.
    pub message: Option<String>,
    /// `authorization_details` (RFC 9396): an array, such as of type `agent_task`.
    pub details: Option<Value>,
    /// How long the question stands; the issuer may allow less.
    pub expiry: Option<Duration>,
}

impl Question {
    /// A question to the person with this sign-in name.
    #[must_use]
    pub fn new(login: &str, scope: &str) -> Self {
        let (who, scope) = (Who::Login(login.to_owned()), scope.to_owned());
        Self { who, scope, resource: None, message: None, details: None, expiry: None }
    }

    /// About this system.
    #[must_use]
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// In these words.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        self.message = Some(message.to_owned());
        self
    }

    /// In detail.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// For no longer than this.
    #[must_use]
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    fn form(self) -> Vec<(&'static str, String)> {
        let named = self.scope.split(' ').any(|scope| scope == "openid");
        let scope = if named { self.scope } else { format!("openid {}", self.scope) };
        let mut form = vec![("scope", scope.trim_end().to_owned())];
        form.push(match self.who {
            Who::Login(login) => ("login_hint", login),
            Who::IdToken(token) => ("id_token_hint", token.expose().to_owned()),
        });
        form.extend(self.resource.map(|resource| ("resource", resource)));
        form.extend(self.message.map(|message| ("binding_message", message)));
        form.extend(self.details.map(|details| ("authorization_details", details.to_string())));
        form.extend(self.expiry.map(|expiry| ("requested_expiry", expiry.as_secs().max(1).to_string())));
        form
    }
}

/// A question that was put and waits for its answer.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Waiting {
    /// What the answer is fetched with: a secret of this client.
    pub auth_req_id: Secret,
    /// The question as inbox and audit log name it, where the issuer says so.
    #[serde(default)]
    pub approval: Option<String>,
    /// Seconds it stands.
    pub expires_in: u64,
    /// Seconds to wait between two polls.
    #[serde(default)]
    pub interval: Option<u64>,
}

impl Waiting {
    /// A question put earlier, such as before a restart.
    #[must_use]
    pub fn resume(auth_req_id: Secret) -> Self {
        Self { auth_req_id, approval: None, expires_in: 600, interval: None }
    }
}

/// What became of a question. Only the first gives anything.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The person said yes: a token, once.
    Approved(Box<Tokens>),
    /// The person said no. Do not ask the same again.
    Denied,
    /// Nobody answered in time. Asking again is no offense.
    Lapsed,
    /// The question was taken back: the agent was contained, the task stopped, or the person has left.
    Canceled,
}

/// What one poll told.
enum Told {
    Over(Decision),
    /// Not yet; the interval, if it was named, and whether it has to grow.
    Wait(Option<Duration>, bool),
}

impl Client {
    /// Puts a question to a person, and comes back at once. Wait with [`Self::decision`].
    pub async fn ask(&self, question: Question) -> Result<Waiting, ClientError> {
        let address = &self.0.metadata.backchannel_authentication_endpoint;
        let address = endpoint(address, "backchannel authentication endpoint")?;
        let mut form = question.form();
        let token = self.2.as_ref().map(|pings| pings.token().expose().to_owned());
        form.extend(token.map(|token| ("client_notification_token", token)));
        wire::json(self.post(address, form)?, address).await
    }

    /// Puts a question and waits for what becomes of it.
    pub async fn approve(&self, question: Question) -> Result<Decision, ClientError> {
        let waiting = self.ask(question).await?;
        self.decision(&waiting).await
    }

    /// Waits until the question is answered, lapses or is taken back. An issuer that cannot be reached for a while is
    /// asked again for as long as the question stands.
    pub async fn decision(&self, waiting: &Waiting) -> Result<Decision, ClientError> {
        let pace = waiting.interval.map_or(PAUSE, Duration::from_secs);
        let stands = Duration::from_secs(waiting.expires_in) + pace;
        let mut patience = Patience::new(stands, pace);
        if let Some(pings) = &self.2 {
            return self.decision_by(pings, waiting, patience).await;
        }
        loop {
            let look = self.standing(waiting).await.map(|told| match told {
                Told::Over(decision) => Look::Over(decision),
                Told::Wait(named, slower) => Look::Waits(Some(next_pace(patience.pause, named, slower))),
            });
            match patience.after(look).await? {
                Next::Over(decision) => return Ok(decision),
                Next::Lapsed => return Ok(Decision::Lapsed),
                Next::Again => {}
            }
        }
    }

    /// Asks when a ping says that there is something to fetch, and now and then by itself.
    async fn decision_by(
        &self,
        pings: &Pings,
        waiting: &Waiting,
        mut patience: Patience,
    ) -> Result<Decision, ClientError> {
        let bell = pings.wait_for(waiting.auth_req_id.expose());
        loop {
            let look = self.poll(waiting, Duration::ZERO).await.map(|told| match told {
                Told::Over(decision) => Look::Over(decision),
                Told::Wait(named, _) => Look::Waits(Some(named.unwrap_or(PAUSE).max(RARELY))),
            });
            match patience.after_or(look, bell.rung()).await? {
                Next::Over(decision) => return Ok(decision),
                Next::Lapsed => return Ok(Decision::Lapsed),
                Next::Again => {}
            }
        }
    }

    /// Asks how it stands, as patiently as this client waits.
    async fn standing(&self, waiting: &Waiting) -> Result<Told, ClientError> {
        let events = self.0.metadata.backchannel_wait_endpoint.as_deref();
        let Some(address) = events.filter(|_| self.1 == WaitBy::Events) else {
            return self.poll(waiting, OPEN).await;
        };
        let form =
            vec![("grant_type", GRANT.to_owned()), ("auth_req_id", waiting.auth_req_id.expose().to_owned())];
        match events::outcome(self.post(address, form)?, address).await {
            // The stream says that it came out; what came of it is fetched.
            Ok(Some(_)) => self.poll(waiting, Duration::ZERO).await,
            Ok(None) => Ok(Told::Wait(None, false)),
            Err(error) => read(Err(error)),
        }
    }

    async fn poll(&self, waiting: &Waiting, open: Duration) -> Result<Told, ClientError> {
        let form = vec![
            ("auth_req_id", waiting.auth_req_id.expose().to_owned()),
            ("wait", open.as_secs().to_string()),
        ];
        read(self.token(GRANT, form, None, None).await)
    }
}

fn read(answer: Result<Tokens, ClientError>) -> Result<Told, ClientError> {
    let error = match answer {
        Ok(tokens) => return Ok(Told::Over(Decision::Approved(Box::new(tokens)))),
        Err(error) => error,
    };
    let ClientError::Refused { error: code, details, .. } = &error else { return Err(error) };
    let interval = details.get("interval").and_then(Value::as_u64).map(Duration::from_secs);
    // The issuer may refuse for other reasons than a person's no, and says so.
    let reason = details.get("reason").and_then(Value::as_str).unwrap_or("denied");
    match code.as_str() {
        "authorization_pending" => Ok(Told::Wait(interval, false)),
        "slow_down" => Ok(Told::Wait(interval, true)),
        "access_denied" if reason == "denied" => Ok(Told::Over(Decision::Denied)),
        "expired_token" => Ok(Told::Over(Decision::Lapsed)),
        "transaction_failed" => Ok(Told::Over(Decision::Canceled)),
        _ => Err(error),
    }
}

/// The interval from now on: never shorter after a `slow_down`.
fn next_pace(pace: Duration, named: Option<Duration>, slower: bool) -> Duration {
    if slower { named.unwrap_or(pace + SLOWER).max(pace) } else { named.unwrap_or(pace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_grows_and_stays_grown() {
        let s = Duration::from_secs;
        assert_eq!(next_pace(s(5), None, false), s(5));
        assert_eq!(next_pace(s(5), None, true), s(10));
        assert_eq!(next_pace(s(5), Some(s(15)), true), s(15));
        assert_eq!(next_pace(s(10), Some(s(5)), true), s(10), "slowing down never speeds up");
    }
}
