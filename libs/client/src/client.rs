//! The client and its requests to the issuer's endpoints.

use std::sync::Arc;

use chancery_jose::Keys;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{ClientAuth, ClientError, HttpOptions, Metadata, Pings, Tokens, WaitBy, wire};

pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A client of one issuer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) Arc<Inner>, pub(crate) WaitBy, pub(crate) Option<Pings>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub http: reqwest::Client,
    pub metadata: Metadata,
    pub auth: ClientAuth,
    pub keys: tokio::sync::Mutex<Option<Keys>>,
}

/// What the issuer says about a token (RFC 7662 §2.2).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether it is good here and now.
    pub active: bool,
    /// Everything else.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

impl Client {
    /// Fetches the issuer's metadata.
    pub async fn discover(issuer: &str, auth: ClientAuth, options: HttpOptions) -> Result<Self, ClientError> {
        options.check(issuer)?;
        let http = options.client()?;
        let metadata = Metadata::fetch(&http, issuer).await?;
        let inner = Inner { http, metadata, auth, keys: tokio::sync::Mutex::default() };
        Ok(Self(Arc::new(inner), WaitBy::default(), None))
    }

    /// The same client, waiting for people in another way.
    #[must_use]
    pub fn waiting_by(mut self, by: WaitBy) -> Self {
        self.1 = by;
        self
    }

    /// The same client, told by the issuer's pings when a question was answered (CIBA §10.2): the client has to be registered
    /// for that, with the endpoint that hands them over. Secrets and permissions are waited for as before.
    #[must_use]
    pub fn pinged_by(mut self, pings: Pings) -> Self {
        self.2 = Some(pings);
        self
    }

    /// The issuer's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The client's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.0.auth.client_id()
    }

    /// A token for the client itself (RFC 6749 §4.4, RFC 8707).
    pub async fn client_credentials<'a>(
        &self,
        resource: impl Into<Option<&'a str>>,
        scope: impl Into<Option<&'a str>>,
    ) -> Result<Tokens, ClientError> {
        self.token("client_credentials", vec![], resource.into(), scope.into()).await
    }

    /// A token for the person that this client's secret was lent for, where the client's secret lies in the vault:
    /// Chancery's extension of RFC 6749 §4.4. It ends with the lease.
    pub async fn client_credentials_as<'a>(
        &self,
        person: &str,
        resource: impl Into<Option<&'a str>>,
        scope: impl Into<Option<&'a str>>,
    ) -> Result<Tokens, ClientError> {
        let form = vec![("act_as", person.to_owned())];
        self.token("client_credentials", form, resource.into(), scope.into()).await
    }

    /// A token with which this client acts for the person (or agent) whose access token is given (RFC 8693).
    pub async fn exchange<'a>(
        &self,
        subject_token: &str,
        resource: impl Into<Option<&'a str>>,
        scope: impl Into<Option<&'a str>>,
    ) -> Result<Tokens, ClientError> {
        self.exchange_for(subject_token, None, resource.into(), scope.into()).await
    }

    /// The same, where the one who acts is not the client itself but the subject of `actor_token`.
    pub async fn exchange_as<'a>(
        &self,
        subject_token: &str,
        actor_token: &str,
        resource: impl Into<Option<&'a str>>,
        scope: impl Into<Option<&'a str>>,
    ) -> Result<Tokens, ClientError> {
        self.exchange_for(subject_token, Some(actor_token), resource.into(), scope.into()).await
    }

    async fn exchange_for(
        &self,
        subject_token: &str,
        actor_token: Option<&str>,
        resource: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Tokens, ClientError> {
        let mut form = vec![
            ("subject_token", subject_token.to_owned()),
            ("subject_token_type", ACCESS_TOKEN.to_owned()),
        ];
        if let Some(actor) = actor_token {
            form.extend([("actor_token", actor.to_owned()), ("actor_token_type", ACCESS_TOKEN.to_owned())]);
        }
        self.token("urn:ietf:params:oauth:grant-type:token-exchange", form, resource, scope).await
    }

    /// New tokens for a refresh token (RFC 6749 §6). Keep the refresh token of the answer: the old one is used up.
    pub async fn refresh<'a>(
        &self,
        refresh_token: &str,
        resource: impl Into<Option<&'a str>>,
        scope: impl Into<Option<&'a str>>,
    ) -> Result<Tokens, ClientError> {
        let form = vec![("refresh_token", refresh_token.to_owned())];
        self.token("refresh_token", form, resource.into(), scope.into()).await
    }

    /// Ends a token (RFC 7009).
    pub async fn revoke(&self, token: &str) -> Result<(), ClientError> {
        let address = endpoint(&self.0.metadata.revocation_endpoint, "revocation endpoint")?;
        wire::done(self.post(address, vec![("token", token.to_owned())])?, address).await
    }

    /// Asks the issuer about a token (RFC 7662).
    pub async fn introspect(&self, token: &str) -> Result<Introspection, ClientError> {
        let address = endpoint(&self.0.metadata.introspection_endpoint, "introspection endpoint")?;
        wire::json(self.post(address, vec![("token", token.to_owned())])?, address).await
    }

    /// Claims about the person an access token belongs to (OpenID Connect Core §5.3).
    pub async fn userinfo(&self, access_token: &str) -> Result<Map<String, Value>, ClientError> {
        let address = endpoint(&self.0.metadata.userinfo_endpoint, "userinfo endpoint")?;
        wire::json(self.0.http.get(address).bearer_auth(access_token), address).await
    }

    /// One request to the token endpoint.
    pub(crate) async fn token(
        &self,
        grant_type: &str,
        mut form: Vec<(&'static str, String)>,
        resource: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Tokens, ClientError> {
        form.push(("grant_type", grant_type.to_owned()));
        form.extend(resource.map(|resource| ("resource", resource.to_owned())));
        form.extend(scope.map(|scope| ("scope", scope.to_owned())));
        let address = &self.0.metadata.token_endpoint;
        wire::json(self.post(address, form)?, address).await
    }

    /// A form with the client's proof of identity.
    pub(crate) fn post(
        &self,
        address: &str,
        mut form: Vec<(&'static str, String)>,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        let header = self.0.auth.apply(&self.0.metadata.issuer, &mut form)?;
        let request = self.0.http.post(address).form(&form);
        Ok(match header {
            Some(header) => request.header(AUTHORIZATION, header.expose()),
            None => request,
        })
    }
}

pub(crate) fn endpoint<'a>(address: &'a Option<String>, name: &'static str) -> Result<&'a str, ClientError> {
    address.as_deref().ok_or(ClientError::NoEndpoint(name))
}
