//! All outgoing network. A request to an address that somebody else chose leaves here and nowhere else.
//!
//! The name is resolved once, every address it stands for is judged, and the connection goes to an address that passed:
//! nothing resolves the name a second time. There are no redirects, no proxies, no cookies and no retries; what is sent
//! goes to the host that was named, and what comes back is bounded in time and size.

mod exchange;
mod fault;
mod guard;
mod names;
mod request;
mod special;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

pub use fault::NetFault;
pub use guard::Place;
pub use names::{Names, Resolved, SystemNames};
pub use request::{Request, Response};
pub use special::why_special;

use guard::Guard;
use tls::Trust;

/// Requests that are under way at a time; more wait.
const AT_ONCE: usize = 256;
/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts and networks that may be reached though they are not public.
    pub allow: Vec<Place>,
    /// Hosts and networks that may be spoken to without TLS.
    pub plain: Vec<Place>,
    /// PEM file of authorities to trust beside those of the system.
    pub authorities: Option<PathBuf>,
    /// For the whole of one request.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { allow: Vec::new(), plain: Vec::new(), authorities: None, patience: Duration::from_secs(10) }
    }
}

/// The one way out; clones share it.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    guard: Guard,
    names: Box<dyn Names>,
    trust: Trust,
    patience: Duration,
    places: Semaphore,
}

impl Outbound {
    pub fn new(settings: Settings) -> Result<Self, NetFault> {
        Self::with_names(settings, Box::new(SystemNames))
    }

    /// With names from somewhere else than the system: for tests.
    pub fn with_names(settings: Settings, names: Box<dyn Names>) -> Result<Self, NetFault> {
        let Settings { allow, plain, authorities, patience } = settings;
        let trust = Trust::new(authorities.as_deref())?;
        let places = Semaphore::new(AT_ONCE);
        Ok(Self(Arc::new(Inner { guard: Guard { allow, plain }, names, trust, patience, places })))
    }

    /// Whether a request to this address would be let out as far as can be told without resolving its name: for
    /// whoever registers it.
    pub fn check(&self, address: &str) -> Result<Url, NetFault> {
        self.0.guard.url(address)
    }

    /// Sends a request and reads the answer, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Response, NetFault> {
        let url = self.0.guard.url(&request.url)?;
        let patience = request.patience.map_or(self.0.patience, |own| own.min(self.0.patience));
        let host = fault::host(&url);
        match timeout(patience, self.carry(&url, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(NetFault::TooLong { host }),
        }
    }

    async fn carry(&self, url: &Url, request: Request) -> Result<Response, NetFault> {
        let host = fault::host(url);
        let _place = self.0.places.acquire().await.map_err(|_| NetFault::TooLong { host: host.clone() })?;
        let stream = self.connect(url).await?;
        if url.scheme() == "http" {
            return exchange::run(stream, url, request, host).await;
        }
        let stream = self.0.trust.connect(stream, url.host_str().unwrap_or_default()).await?;
        exchange::run(stream, url, request, host).await
    }

    /// A connection to an address that was judged: the one in the URL, or the first reachable one that the name stands
    /// for.
    async fn connect(&self, url: &Url) -> Result<TcpStream, NetFault> {
        let host = fault::host(url);
        let port = url.port_or_known_default().unwrap_or(443);
        let found = match guard::literal(url) {
            Some(ip) => vec![ip],
            None => {
                let looked_up = self.0.names.resolve(url.host_str().unwrap_or_default().to_owned());
                looked_up.await.map_err(|_| NetFault::Unresolved { host: host.clone() })?
            }
        };
        let addresses = self.0.guard.addresses(url, &found)?;
        let mut last = NetFault::Unresolved { host: host.clone() };
        for ip in addresses {
            match timeout(CONNECT, TcpStream::connect(SocketAddr::new(ip, port))).await {
                Ok(Ok(stream)) => {
                    // Small messages, and nobody waits for more.
                    drop(stream.set_nodelay(true));
                    return Ok(stream);
                }
                Ok(Err(why)) => last = NetFault::Unreachable { host: host.clone(), why: why.kind() },
                Err(_) => last = NetFault::TooLong { host: host.clone() },
            }
        }
        Err(last)
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound")
    }
}
