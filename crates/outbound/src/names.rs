//! What a name stands for.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

pub type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Resolves names. Asked once per request: what it answers is judged, and connected to.
pub trait Names: Send + Sync {
    fn resolve(&self, name: String) -> Resolved;
}

/// As the system resolves them.
pub struct SystemNames;

impl Names for SystemNames {
    fn resolve(&self, name: String) -> Resolved {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
