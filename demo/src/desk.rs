//! The administrator's desk: the management API, with a token the administrator got as `chancery admin login` gets it.

use anyhow::{Context, anyhow, bail};
use chancery_client::{AuthorizeRequest, Client, ClientAuth, HttpOptions, Secret, Tokens};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::people::{Answer, Person};

/// RFC 8252 §7.3: any port of this address. The scripted browser hands the answer over, so nobody listens there.
const REDIRECT: &str = "http://127.0.0.1:49152/callback";

/// What the stories need of the management API, and no more.
const SCOPES: &str = "users.read users.manage groups.read groups.manage applications.read applications.manage \
     agents.read agents.manage clients.read clients.manage assignments.read assignments.manage connections.read \
     connections.manage grants.read events.read secrets.read secrets.manage secrets.reveal";

pub(crate) struct Desk {
    http: reqwest::Client,
    base: String,
    client: Client,
    access: Secret,
    refresh: Option<Secret>,
}

/// The resource URI of the management API.
pub(crate) fn resource(issuer: &str) -> String {
    format!("{}/api/v1", issuer.trim_end_matches('/'))
}

impl Desk {
    /// Signs the administrator in with the client that every organization has for its command line.
    pub async fn open(issuer: &str, administrator: &mut Person) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let client_id = command_line_client(&http, issuer).await?;
        let client = Client::discover(issuer, ClientAuth::None { client_id }, HttpOptions::default()).await?;
        let request = AuthorizeRequest {
            redirect_uri: REDIRECT.to_owned(),
            scope: SCOPES.split_whitespace().collect::<Vec<_>>().join(" "),
            resource: Some(resource(issuer)),
            ..AuthorizeRequest::default()
        };
        let visit = administrator.visit(&client, request, Answer::Allow).await?;
        let Tokens { access_token: access, refresh_token: refresh, .. } =
            visit.tokens.context("the administrator got no token for the management API")?;
        Ok(Self { http, base: issuer.trim_end_matches('/').to_owned(), client, access, refresh })
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        json(self.ask(Method::GET, path, None).await?).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = json(self.ask(Method::POST, path, Some(body)).await?).await;
        answer.with_context(|| format!("POST {path}"))
    }

    /// Changes or removes a record, naming the version that was read.
    pub async fn change(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let tag = self.tag(path).await?;
        self.change_at(method, path, tag, body).await
    }

    /// The version of a record. Some things, such as a membership, have none.
    pub async fn tag(&mut self, path: &str) -> anyhow::Result<Option<String>> {
        let response = self.ask(Method::GET, path, None).await?;
        Ok(response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned))
    }

    pub async fn change_at(
        &mut self,
        method: Method,
        path: &str,
        tag: Option<String>,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(method.clone(), path, body);
        if let Some(tag) = tag {
            request = request.header(IF_MATCH, tag);
        }
        json(request.send().await?).await.with_context(|| format!("{method} {path}"))
    }

    /// The bytes of an answer that is no JSON.
    pub async fn bytes(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = self.ask(Method::GET, path, None).await?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        Ok(response.bytes().await.context("the answer broke off")?.to_vec())
    }

    /// Sends, and once more with a fresh token when the present one has expired meanwhile.
    async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Response> {
        let response = self.request(method.clone(), path, body).send().await?;
        let Some(refresh) = self.refresh.clone().filter(|_| response.status() == StatusCode::UNAUTHORIZED)
        else {
            return Ok(response);
        };
        let renewed = self.client.refresh(refresh.expose(), None, None).await;
        let renewed = renewed.context("the administrator's token expired and could not be renewed")?;
        self.access = renewed.access_token;
        self.refresh = renewed.refresh_token.or(self.refresh.take());
        Ok(self.request(method, path, body).send().await?)
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.bearer_auth(self.access.expose());
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

/// The server names it in its metadata.
async fn command_line_client(http: &reqwest::Client, issuer: &str) -> anyhow::Result<String> {
    let address = format!("{}/.well-known/oauth-authorization-server", issuer.trim_end_matches('/'));
    let metadata = json(http.get(&address).send().await?).await.context(address)?;
    let named = metadata.get("chancery_command_line_client").and_then(Value::as_str);
    named
        .map(str::to_owned)
        .context("the metadata has no chancery_command_line_client: is there an organization?")
}

async fn json(response: Response) -> anyhow::Result<Value> {
    match response.status() {
        StatusCode::NO_CONTENT => Ok(Value::Null),
        status if status.is_success() => response.json().await.context("the answer is no JSON"),
        _ => Err(refused(response).await),
    }
}

/// A problem document (RFC 9457) as an error.
async fn refused(response: Response) -> anyhow::Error {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    anyhow!("the server refused ({status} {}): {}", text("code"), text("detail"))
}

/// A text member of an answer that has to be there.
pub(crate) fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    match value.pointer(member).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("the server's answer has no text at {member}"),
    }
}
