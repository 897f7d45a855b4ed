//! Finding the issuer's endpoints (RFC 8414, OpenID Connect Discovery).

use std::time::Duration;

use reqwest::Certificate;
use serde::Deserialize;
use url::{Host, Url};

use crate::{ClientError, wire};

/// How the client speaks HTTP.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    roots: Vec<Vec<u8>>,
    timeout: Duration,
    plain_http: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { roots: Vec::new(), timeout: Duration::from_secs(30), plain_http: false }
    }
}

impl HttpOptions {
    /// Trusts only this root (PEM) for TLS, instead of the system's.
    #[must_use]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// How long one request may take; 30 seconds if not given.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Accepts an issuer without TLS beyond this machine. Only for a private network of containers.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    pub(crate) fn client(&self) -> Result<reqwest::Client, ClientError> {
        // Redirects would carry credentials to where nobody looked.
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout)
            .user_agent(concat!("chancery-client/", env!("CARGO_PKG_VERSION")));
        if !self.roots.is_empty() {
            let roots =
                self.roots.iter().map(|pem| Certificate::from_pem(pem)).collect::<Result<Vec<_>, _>>();
            builder = builder.tls_certs_only(roots.map_err(ClientError::Tls)?);
        }
        builder.build().map_err(ClientError::Tls)
    }

    pub(crate) fn check(&self, issuer: &str) -> Result<(), ClientError> {
        let url = Url::parse(issuer).map_err(|_| ClientError::Insecure)?;
        let here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(()),
            "http" if here || self.plain_http => Ok(()),
            _ => Err(ClientError::Insecure),
        }
    }
}

/// The part of the issuer's metadata a client uses.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of RFC 8414 §2")]
pub struct Metadata {
    pub issuer: String,
    pub token_endpoint: String,
    pub authorization_endpoint: Option<String>,
    pub jwks_uri: Option<String>,
    pub introspection_endpoint: Option<String>,
    pub revocation_endpoint: Option<String>,
    pub userinfo_endpoint: Option<String>,
    pub backchannel_authentication_endpoint: Option<String>,
    /// An extension.
    pub backchannel_wait_endpoint: Option<String>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// RFC 8414 §3.3 demands the very issuer that was asked for. An issuer that only knows OpenID Connect publishes
    /// the same under its own name.
    pub(crate) async fn fetch(http: &reqwest::Client, issuer: &str) -> Result<Self, ClientError> {
        let below = |name: &str| format!("{}/.well-known/{name}", issuer.trim_end_matches('/'));
        let (first, second) = (below("oauth-authorization-server"), below("openid-configuration"));
        let metadata: Self = match wire::json(http.get(&first), &first).await {
            Err(ClientError::Unexpected { status: 404, .. } | ClientError::Refused { status: 404, .. }) => {
                wire::json(http.get(&second), &second).await?
            }
            other => other?,
        };
        if metadata.issuer == issuer {
            Ok(metadata)
        } else {
            Err(ClientError::OtherIssuer { asked: issuer.to_owned(), found: metadata.issuer })
        }
    }
}
