//! Requests to the management API, with a token of the person who signed in or of a client.

use anyhow::{Context, bail};
use chancery_client::{Client, ClientAuth, HttpOptions, Secret};
use http::{Method, StatusCode};
use reqwest::{Certificate, RequestBuilder, Response};
use serde_json::Value;

use super::session::{Kept, Session};
use super::{Access, Environment};
use crate::system;

/// A way to the API of one server.
pub struct Rest {
    http: reqwest::Client,
    server: String,
    token: Secret,
}

/// The API's resource URI (RFC 8707).
pub fn resource(server: &str) -> String {
    format!("{}/api/v1", server.trim_end_matches('/'))
}

/// How the client library is to speak HTTP.
pub fn options(access: &Access) -> anyhow::Result<HttpOptions> {
    let options = HttpOptions::default();
    Ok(match root(access)? {
        Some(pem) => options.root_certificate(pem),
        None => options,
    })
}

fn root(access: &Access) -> anyhow::Result<Option<Vec<u8>>> {
    let read = |path: &std::path::PathBuf| std::fs::read(path).with_context(|| path.display().to_string());
    access.root.as_ref().map(read).transpose()
}

fn http(access: &Access) -> anyhow::Result<reqwest::Client> {
    // Redirects would carry the token to where nobody looked.
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = root(access)? {
        builder = builder.tls_certs_only([Certificate::from_pem(&pem)?]);
    }
    Ok(builder.build()?)
}

/// The client that every organization has for this program, as the server's metadata names it.
pub async fn command_line_client(
    server: &str,
    organization: Option<&str>,
    access: &Access,
) -> anyhow::Result<String> {
    let below = format!("{}/.well-known/oauth-authorization-server", server.trim_end_matches('/'));
    let url = url::Url::parse_with_params(&below, organization.map(|slug| ("organization", slug)))?;
    let metadata: Value =
        read(http(access)?.get(url.clone()).send().await.with_context(|| url.to_string())?).await?;
    let named = metadata.get("chancery_command_line_client").and_then(Value::as_str);
    named.map(str::to_owned).with_context(|| {
        format!(
            "{server} does not name its client for the command line: has it been set up? Where there are several \
             organizations, give --organization with the short name of yours"
        )
    })
}

impl Rest {
    pub async fn open(access: &Access, environment: &Environment) -> anyhow::Result<Self> {
        let (server, token) = match &access.client_id {
            Some(client_id) => as_client(access, client_id).await?,
            None => as_person(access, environment).await?,
        };
        Ok(Self { http: http(access)?, server, token })
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None, None).await
    }

    /// Items of a list, page after page, up to a number; and whether there are more.
    pub async fn list(
        &self,
        path: &str,
        filter: &[(String, String)],
        most: usize,
    ) -> anyhow::Result<(Vec<Value>, bool)> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = filter.to_vec();
            query.extend(after.map(|cursor| ("after".to_owned(), cursor)));
            let query: String =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
            let mut page = self.get(&format!("{path}?{query}")).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found);
            }
            after = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if after.is_none() || items.len() >= most {
                let more = after.is_some() || items.len() > most;
                items.truncate(most);
                return Ok((items, more));
            }
        }
    }

    /// The version of a record, to change that one and no newer one.
    pub async fn version(&self, path: &str) -> anyhow::Result<Option<String>> {
        let response = self.request(Method::GET, path).send().await?;
        let tag =
            response.headers().get(http::header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        read(response).await?;
        Ok(tag)
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        version: Option<String>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(version) = version {
            request = request.header(http::header::IF_MATCH, version);
        }
        read(request.send().await.with_context(|| format!("{} does not answer", self.server))?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.server.trim_end_matches('/'));
        self.http.request(method, url).bearer_auth(self.token.expose())
    }

    /// Ends a sign-in at the server.
    pub async fn revoke(access: &Access, session: &Session) -> anyhow::Result<()> {
        let client = public(access, session).await?;
        Ok(client.revoke(session.refresh_token.as_ref().unwrap_or(&session.access_token)).await?)
    }
}

/// The server that somebody is signed in to, with their token.
pub async fn signed_in(access: &Access, environment: &Environment) -> anyhow::Result<(String, Secret)> {
    as_person(access, environment).await
}

/// A client that proves itself with a secret from a file.
pub async fn client(access: &Access, client_id: &str) -> anyhow::Result<Client> {
    let server = access.server.clone().context("which server? give --server https://…")?;
    let file = access.client_secret_file.as_ref().context("--client-id needs --client-secret-file too")?;
    let secret = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let secret = Secret::from(secret.trim());
    let auth = ClientAuth::SecretBasic { client_id: client_id.to_owned(), secret };
    Ok(Client::discover(&server, auth, options(access)?).await?)
}

async fn public(access: &Access, session: &Session) -> anyhow::Result<Client> {
    let auth = ClientAuth::None { client_id: session.client_id.clone() };
    Ok(Client::discover(&session.server, auth, options(access)?).await?)
}

async fn as_client(access: &Access, client_id: &str) -> anyhow::Result<(String, Secret)> {
    let client = client(access, client_id).await?;
    let server = access.server.clone().unwrap_or_default();
    let tokens = client.client_credentials(resource(&server).as_str(), None).await?;
    Ok((server, tokens.access_token))
}

async fn as_person(access: &Access, environment: &Environment) -> anyhow::Result<(String, Secret)> {
    let mut kept = Kept::open(environment)?;
    let wanted = |session: &Session| access.server.as_ref().is_none_or(|server| *server == session.server);
    let Some(session) = kept.read()?.filter(wanted) else {
        bail!("nobody is signed in there: run `chancery admin login --server https://…`")
    };
    let now = system::env().now();
    if now < session.expires {
        return Ok((session.server, Secret::from(session.access_token)));
    }
    let again = || format!("the sign-in has ended: run `chancery admin login --server {}`", session.server);
    let refresh = session.refresh_token.as_deref().with_context(again)?;
    let client = public(access, &session).await?;
    let tokens =
        client.refresh(refresh, resource(&session.server).as_str(), None).await.with_context(again)?;
    let mut renewed = Session::new(&session.server, &session.client_id, &tokens, now);
    // RFC 6749 §6: a server may keep the refresh token as it is.
    renewed.refresh_token = renewed.refresh_token.or_else(|| session.refresh_token.clone());
    kept.write(Some(&renewed))?;
    Ok((renewed.server, tokens.access_token))
}

/// The answer's body, or its problem document in one sentence.
async fn read(response: Response) -> anyhow::Result<Value> {
    let status = response.status();
    let text = response.text().await?;
    if status == StatusCode::NO_CONTENT || (status.is_success() && text.is_empty()) {
        return Ok(Value::Null);
    }
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let part = |name: &str| body.get(name).and_then(Value::as_str);
    let told = part("detail")
        .or_else(|| part("title"))
        .or_else(|| part("error_description"))
        .unwrap_or("no reason given");
    let request = part("request_id").map(|id| format!(" (request {id})")).unwrap_or_default();
    bail!("{status}: {told}{request}")
}
