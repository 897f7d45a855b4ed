//! Taking a secret out of the vault for a while, and giving it back.
//!
//! [`Client::checkout`] asks and waits, also for a person who has to say yes first, as long as the question stands. What
//! was asked can be waited for after a restart: keep [`Asked::id`], and go on with [`Client::resume_checkout`].

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::management::part;
use crate::waiting::{Look, Next, OPEN, PAUSE, Patience};
use crate::{Client, ClientError, Secret, WaitBy, events, wire};

/// What the token of a client itself is asked for.
const SCOPE: &str = "secrets.reveal";
/// How long a question stands at most: a server that says nothing more is given up.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Which secret, for whom and for what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wish {
    /// The folder's resource group.
    pub resource_group: String,
    /// The folder's project.
    pub project: String,
    /// Its name, or its id.
    pub secret: String,
    /// The person it is for, by sign-in name, e-mail address or id; where the token names one, that one counts.
    pub user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it.
    pub task: String,
    /// To nobody else meanwhile.
    pub exclusive: bool,
    /// For no longer than this.
    pub lifetime: Option<Duration>,
    /// How long the question stands, where a person has to say yes; the server may allow less.
    pub expiry: Option<Duration>,
    /// An access token for the vault, such as one that names the person; without it the client comes for itself.
    pub token: Option<Secret>,
}

impl Wish {
    /// A secret of this folder.
    #[must_use]
    pub fn new(resource_group: &str, project: &str, secret: &str) -> Self {
        Self {
            resource_group: resource_group.to_owned(),
            project: project.to_owned(),
            secret: secret.to_owned(),
            user: None,
            task: String::new(),
            exclusive: false,
            lifetime: None,
            expiry: None,
            token: None,
        }
    }

    /// For this person, who may have to say yes.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// For this.
    #[must_use]
    pub fn task(mut self, task: &str) -> Self {
        self.task = task.to_owned();
        self
    }

    /// To nobody else meanwhile.
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// For no longer than this.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Asking for no longer than this.
    #[must_use]
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// With this access token.
    #[must_use]
    pub fn token(mut self, token: Secret) -> Self {
        self.token = Some(token);
        self
    }

    fn path(&self) -> String {
        let (group, project, secret) = (part(&self.resource_group), part(&self.project), part(&self.secret));
        format!("/secrets/resource_groups/{group}/projects/{project}/secrets/{secret}")
    }

    fn body(&self, request: Option<&str>) -> Value {
        let mut body = Map::new();
        body.extend(self.user.as_ref().map(|user| ("user".to_owned(), json!(user))));
        body.insert("task".to_owned(), json!(self.task));
        body.extend(request.map(|request| ("request".to_owned(), json!(request))));
        body.insert("exclusive".to_owned(), json!(self.exclusive));
        for (name, length) in [("lifetime", self.lifetime), ("expiry", self.expiry)] {
            body.extend(length.map(|length| (name.to_owned(), json!(length.as_secs().max(1)))));
        }
        Value::Object(body)
    }
}

/// A question that was put to a person and waits for its answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Of the request: keep it, to go on with after a restart.
    pub id: String,
}

/// A secret that was lent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lent {
    /// Its id.
    pub id: String,
    /// Fields by name.
    pub value: BTreeMap<String, Secret>,
    /// For [`Client::give_back`].
    pub lease: String,
    /// When the lease ends, as the server writes it (RFC 3339).
    pub until: String,
}

/// What became of it. Only the first gives anything.
#[derive(Clone, Debug)]
pub enum Checkout {
    /// Here it is.
    Lent(Box<Lent>),
    /// The person said no. Do not ask the same again.
    Denied,
    /// Nobody answered in time. Asking again is no offense.
    Lapsed,
    /// The question was taken back: the agent was contained, the task stopped, or the person has left.
    Canceled,
}

/// What one request told.
#[derive(Clone, Debug)]
pub enum Step {
    /// It is decided.
    Over(Checkout),
    /// A person was asked.
    Asked(Asked),
}

#[derive(Deserialize)]
struct Answer {
    id: Option<String>,
    #[serde(default)]
    value: BTreeMap<String, Secret>,
    lease: Option<Lease>,
    request: Option<String>,
}

#[derive(Deserialize)]
struct Lease {
    id: String,
    until: String,
}

impl Client {
    /// Takes a secret out of the vault under a lease, and waits for the person who may have to say yes.
    pub async fn checkout(&self, wish: &Wish) -> Result<Checkout, ClientError> {
        match self.ask_checkout(wish).await? {
            Step::Over(outcome) => Ok(outcome),
            Step::Asked(asked) => self.resume_checkout(wish, &asked.id).await,
        }
    }

    /// The same, without waiting: where a person has to say yes, they were asked when this returns.
    pub async fn ask_checkout(&self, wish: &Wish) -> Result<Step, ClientError> {
        self.try_checkout(wish, None).await
    }

    /// Goes on with a request that was filed earlier, such as before a restart, and waits for what becomes of it. A server
    /// that cannot be reached for a while is asked again.
    pub async fn resume_checkout(&self, wish: &Wish, request: &str) -> Result<Checkout, ClientError> {
        let mut patience = Patience::new(LONGEST, PAUSE);
        loop {
            let look = self.taken_when_answered(wish, request).await;
            match patience.after(look).await? {
                Next::Over(outcome) => return Ok(outcome),
                Next::Lapsed => return Ok(Checkout::Lapsed),
                Next::Again => {}
            }
        }
    }

    async fn taken_when_answered(&self, wish: &Wish, request: &str) -> Result<Look<Checkout>, ClientError> {
        if !self.look(wish, request).await? {
            return Ok(Look::Waits(None));
        }
        Ok(match self.try_checkout(wish, Some(request)).await? {
            Step::Over(outcome) => Look::Over(outcome),
            Step::Asked(_) => Look::Waits(None),
        })
    }

    /// Takes a request back that waits for a person: they need not answer any more. Refused as `closed` if it is answered,
    /// or has ended otherwise.
    pub async fn cancel_checkout(&self, wish: &Wish, request: &str) -> Result<(), ClientError> {
        let address = format!("{}{}/requests/{}/cancel", self.management(), wish.path(), part(request));
        wire::done(self.vault(wish, Method::POST, &address).await?, &address).await
    }

    /// Gives a secret back. What was obtained with it is dead from then on.
    pub async fn give_back(&self, wish: &Wish, lease: &str) -> Result<(), ClientError> {
        let address = format!("{}/leases/{}/return", self.management(), part(lease));
        wire::api::<Value>(self.vault(wish, Method::POST, &address).await?, &address).await.map(drop)
    }

    async fn try_checkout(&self, wish: &Wish, request: Option<&str>) -> Result<Step, ClientError> {
        let address = format!("{}{}/checkout", self.management(), wish.path());
        let asked = self.vault(wish, Method::POST, &address).await?.json(&wish.body(request));
        read(wire::api(asked, &address).await, &address)
    }

    /// Whether the request is answered, or has ended otherwise.
    async fn look(&self, wish: &Wish, request: &str) -> Result<bool, ClientError> {
        #[derive(Deserialize)]
        struct Standing {
            state: String,
        }
        let request = part(request);
        if self.1 == WaitBy::Events {
            let address = format!("{}{}/requests/{request}/events", self.management(), wish.path());
            let followed = self.vault(wish, Method::GET, &address).await?;
            let outcome = events::outcome(followed, &address).await?;
            return Ok(outcome.is_some_and(|outcome| outcome.state != "pending"));
        }
        let open = OPEN.as_secs();
        let address = format!("{}{}/requests/{request}?wait={open}", self.management(), wish.path());
        let asked = self.vault(wish, Method::GET, &address).await?;
        let standing: Standing = wire::api(asked, &address).await?;
        Ok(standing.state != "pending")
    }

    async fn vault(
        &self,
        wish: &Wish,
        method: Method,
        address: &str,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        self.managing(wish.token.as_ref(), SCOPE, method, address).await
    }
}

fn read(answer: Result<Answer, ClientError>, address: &str) -> Result<Step, ClientError> {
    let error = match answer {
        Ok(Answer { request: Some(id), .. }) => return Ok(Step::Asked(Asked { id })),
        Ok(Answer { id: Some(id), value, lease: Some(lease), request: None }) if !value.is_empty() => {
            let Lease { id: lease, until } = lease;
            return Ok(Step::Over(Checkout::Lent(Box::new(Lent { id, value, lease, until }))));
        }
        Ok(_) => return Err(ClientError::Unexpected { address: address.to_owned(), status: 200 }),
        Err(error) => error,
    };
    match error.code() {
        Some("approval_denied") => Ok(Step::Over(Checkout::Denied)),
        Some("approval_lapsed") => Ok(Step::Over(Checkout::Lapsed)),
        Some("approval_canceled") => Ok(Step::Over(Checkout::Canceled)),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> Result<Answer, ClientError> {
        let (error, details) = (code.to_owned(), Box::default());
        Err(ClientError::Refused { status: 409, error, description: None, uri: None, details })
    }

    #[test]
    fn each_end_is_told_from_the_others_and_from_a_failure() {
        let step = |answer| read(answer, "here");
        assert!(matches!(step(refused("approval_denied")), Ok(Step::Over(Checkout::Denied))));
        assert!(matches!(step(refused("approval_lapsed")), Ok(Step::Over(Checkout::Lapsed))));
        assert!(matches!(step(refused("approval_canceled")), Ok(Step::Over(Checkout::Canceled))));
        assert!(matches!(step(refused("lent_out")), Err(ClientError::Refused { .. })));
        let empty = Answer { id: Some("sec_1".into()), value: BTreeMap::new(), lease: None, request: None };
        assert!(step(Ok(empty)).is_err(), "an answer without a value is none");
    }

    #[test]
    fn a_path_holds_whatever_a_name_is() {
        let wish = Wish::new("a/b", "..", "c d");
        assert_eq!(wish.path(), "/secrets/resource_groups/a%2Fb/projects/-/secrets/c%20d");
    }
}
