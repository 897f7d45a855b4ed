//! One agent: its identity, its client, and the requests it makes.

use std::sync::Arc;

use anyhow::Context;
use chancery_client::{
    AuthorizeRequest, Checkout, Client, ClientAuth, Decision, HttpOptions, Question, Secret, Step, Waiting,
    Wish,
};
use chancery_jose::{Alg, SigningKey};
use serde_json::{Value, json};

use super::Answer;
use crate::people::{self, Person, Visit};

/// What an agent proves itself with.
pub(crate) enum Credential {
    /// Made by the server, shown once.
    Secret(Secret),
    /// Made here; the server knows the public half only.
    Key(Arc<SigningKey>),
}

pub(crate) struct Agent {
    pub id: String,
    pub name: String,
    client: Client,
    redirect_uri: String,
}

impl Credential {
    /// A fresh key, and its public half for the registration.
    pub fn key() -> anyhow::Result<(Self, Value)> {
        let key = SigningKey::generate(Alg::Es256).context("no key could be made")?;
        let public = serde_json::to_value(key.public().jwk())?;
        Ok((Self::Key(Arc::new(key)), json!([public])))
    }
}

impl Agent {
    pub async fn new(
        issuer: &str,
        (id, name): (String, &str),
        client_id: String,
        credential: Credential,
        redirect_uri: String,
    ) -> anyhow::Result<Self> {
        let auth = match credential {
            Credential::Secret(secret) => ClientAuth::SecretBasic { client_id, secret },
            Credential::Key(key) => ClientAuth::PrivateKeyJwt { client_id, key },
        };
        let client = Client::discover(issuer, auth, HttpOptions::default()).await?;
        Ok(Self { id, name: name.to_owned(), client, redirect_uri })
    }

    /// A person signs in at this agent. What the agent gets proves that they were there, and nothing else.
    pub async fn meet(&self, person: &mut Person) -> anyhow::Result<Visit> {
        let request = AuthorizeRequest {
            redirect_uri: self.redirect_uri.clone(),
            scope: "openid profile".to_owned(),
            ..AuthorizeRequest::default()
        };
        person.visit(&self.client, request, people::Answer::Allow).await
    }

    /// Asks to act for the person whose token this is (RFC 8693).
    pub async fn act_for(&self, person: &Secret, resource: &str, scope: &str) -> anyhow::Result<Answer> {
        Answer::read(self.client.exchange(person.expose(), resource, scope).await)
    }

    /// Asks a person for a yes, wherever they are (CIBA), and goes on.
    pub async fn ask(&self, question: Question) -> anyhow::Result<Waiting> {
        self.client.ask(question).await.context("the question was not taken")
    }

    /// Waits for what becomes of a question.
    pub async fn hears(&self, waiting: &Waiting) -> anyhow::Result<Decision> {
        self.client.decision(waiting).await.context("the question has no answer")
    }

    /// Fetches once more what was fetched already.
    pub async fn fetches_again(&self, waiting: &Waiting) -> anyhow::Result<Answer> {
        match self.client.decision(waiting).await {
            Ok(Decision::Approved(tokens)) => Answer::read(Ok(*tokens)),
            Ok(other) => anyhow::bail!("an approval that was used became {other:?}"),
            Err(error) => Answer::read(Err(error)),
        }
    }

    /// Asks the vault for a secret, and goes on.
    pub async fn asks_vault(&self, wish: &Wish) -> anyhow::Result<Step> {
        self.client.ask_checkout(wish).await.context("the vault did not take the request")
    }

    /// Waits for what becomes of a request, as after a restart: with nothing but its id.
    pub async fn hears_of_secret(&self, wish: &Wish, request: &str) -> anyhow::Result<Checkout> {
        self.client.resume_checkout(wish, request).await.context("the request for the secret has no answer")
    }

    pub async fn gives_back(&self, wish: &Wish, lease: &str) -> anyhow::Result<()> {
        self.client.give_back(wish, lease).await.context("the secret was not taken back")
    }

    /// With a client's secret that the vault lent: a token for the person it was lent for.
    pub async fn with_lent(
        &self,
        (client_id, secret): (&Secret, &Secret),
        person: &str,
        resource: &str,
        scope: &str,
    ) -> anyhow::Result<Answer> {
        let auth =
            ClientAuth::SecretBasic { client_id: client_id.expose().to_owned(), secret: secret.clone() };
        let issuer = &self.client.metadata().issuer;
        let client = Client::discover(issuer, auth, HttpOptions::default()).await?;
        Answer::read(client.client_credentials_as(person, resource, scope).await)
    }

    /// Asks for itself (RFC 6749 §4.4).
    pub async fn act_alone(&self, resource: &str, scope: &str) -> anyhow::Result<Answer> {
        Answer::read(self.client.client_credentials(resource, scope).await)
    }

    /// Who it is whose sign-in the agent holds (OpenID Connect Core §5.3).
    pub async fn person_of(&self, presence: &Secret) -> anyhow::Result<String> {
        let claims = self.client.userinfo(presence.expose()).await?;
        let sub = claims.get("sub").and_then(Value::as_str);
        sub.map(str::to_owned).context("userinfo names nobody")
    }
}
