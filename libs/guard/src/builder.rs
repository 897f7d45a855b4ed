//! Configuring and starting a guard.

use std::{fmt, time::Duration};

use reqwest::{Certificate, StatusCode, Url};
use zeroize::Zeroizing;

use crate::{
    Guard, Profile,
    account::{Account, AccountError},
    cache::Cache,
    feed::Feed,
    issuer::{KeyRing, Metadata, below},
    refusal,
    reports::Reports,
    shared::{Settings, Shared},
};

/// Configuration of a guard; made by [`Guard::builder`].
pub struct Builder {
    settings: Settings,
    client: Option<(String, Zeroizing<String>)>,
    roots: Vec<Vec<u8>>,
    plain_http: bool,
}

/// Why a guard does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No audience.
    #[error("a guard needs its audience: call .audience(\"https://…\") with the resource URI of this API")]
    NoAudience,
    /// No client.
    #[error(
        "a guard needs a client of its own: call .client(id, secret); it follows the feed of revocations with it"
    )]
    NoClient,
    /// The issuer is not an https URL.
    #[error("the issuer must be an https URL (http only on this machine, or with .plain_http())")]
    Insecure,
    /// The given root certificate cannot be read, or TLS cannot be set up.
    #[error("TLS cannot be set up; the root certificate must be PEM")]
    Tls(#[source] reqwest::Error),
    /// The issuer did not answer as it should.
    #[error("{address} cannot be fetched")]
    Unreachable {
        /// What was asked for.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The metadata is another issuer's (RFC 8414 §3.3).
    #[error(
        "asked for the issuer {asked}, but its metadata names {found}; configure it byte for byte the same"
    )]
    OtherIssuer {
        /// The configured issuer.
        asked: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The guard's client is refused.
    #[error(
        "the guard's client is refused: {status} {error}; check id and secret, and that it may have the scopes marks.read and outcomes.manage"
    )]
    Client {
        /// HTTP status.
        status: StatusCode,
        /// OAuth error code.
        error: String,
    },
}

impl Builder {
    pub(crate) fn new(issuer: String) -> Self {
        let settings = Settings {
            issuer,
            audiences: Vec::new(),
            realm: String::new(),
            metadata: None,
            leeway: 5,
            max_silence: Duration::from_secs(5),
            profile: Profile::default(),
        };
        Self { settings, client: None, roots: Vec::new(), plain_http: false }
    }

    /// The resource URI of this API, byte for byte as the application is registered; several when called again.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// The client this guard is registered as.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some((id.into(), Zeroizing::new(secret.into())));
        self
    }

    /// The realm of challenges; the first audience if not given.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.settings.realm = realm.into();
        self
    }

    /// The token profile routes expect unless they say otherwise; RFC 8693 if not given.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// How far the issuer's clock and this one may be apart; 5 seconds if not given.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.settings.leeway = i64::try_from(leeway.as_secs()).unwrap_or(5);
        self
    }

    /// How long the feed may be silent before tokens of agents are answered with 503; 5 seconds if not given. This is
    /// the longest a revoked agent can go on when the network fails.
    #[must_use]
    pub fn max_silence(mut self, bound: Duration) -> Self {
        self.settings.max_silence = bound;
        self
    }

    /// Trusts only this root (PEM) for TLS to the issuer, instead of the system's.
    #[must_use]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Accepts an issuer without TLS beyond this machine. Only for a private network of containers: whoever is on the
    /// path can steal the guard's secret.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Fetches the issuer's metadata and keys, signs in, and waits for the first snapshot of marks, though no longer
    /// than [`Builder::max_silence`]: without it the guard starts closed to agents.
    pub async fn start(self) -> Result<Guard, StartError> {
        self.check_issuer()?;
        let http = self.http().map_err(StartError::Tls)?;
        let Self { mut settings, client, .. } = self;
        let (id, secret) = client.ok_or(StartError::NoClient)?;
        let first = settings.audiences.first().ok_or(StartError::NoAudience)?;
        if settings.realm.is_empty() {
            settings.realm.clone_from(first);
        }
        settings.metadata = refusal::metadata_url(first);
        let metadata = Metadata::fetch(&http, &settings.issuer).await?;
        let keys = KeyRing::fetch(http.clone(), metadata.jwks_uri).await?;
        let resource = below(&settings.issuer, "/api/v1");
        let account = Account::new(http.clone(), metadata.token_endpoint.clone(), resource, &id, &secret);
        match account.token().await {
            Ok(_) => {}
            Err(AccountError::Refused { status, error }) => return Err(StartError::Client { status, error }),
            Err(AccountError::Net(source)) => {
                return Err(StartError::Unreachable { address: metadata.token_endpoint, source });
            }
        }
        let bound = settings.max_silence;
        let (feed, cache, reports) = (Feed::new(), Cache::default(), Reports::default());
        let guard = Guard::run(Shared { settings, http, keys, account, feed, cache, reports });
        if !guard.shared().feed.first(bound).await {
            tracing::warn!(
                "no snapshot of marks yet: tokens of agents are refused until the issuer is heard"
            );
        }
        Ok(guard)
    }

    fn check_issuer(&self) -> Result<(), StartError> {
        let url = Url::parse(&self.settings.issuer).map_err(|_| StartError::Insecure)?;
        let here = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(()),
            "http" if here || self.plain_http => Ok(()),
            _ => Err(StartError::Insecure),
        }
    }

    fn http(&self) -> Result<reqwest::Client, reqwest::Error> {
        // Redirects would carry credentials to where nobody looked.
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .user_agent(concat!("chancery-guard/", env!("CARGO_PKG_VERSION")));
        if !self.roots.is_empty() {
            let roots =
                self.roots.iter().map(|pem| Certificate::from_pem(pem)).collect::<Result<Vec<_>, _>>()?;
            builder = builder.tls_certs_only(roots);
        }
        builder.build()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
