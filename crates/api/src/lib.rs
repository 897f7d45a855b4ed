//! HTTP API: route table, extractors, fault table, OpenAPI.
//!
//! A handler parses, calls one use case, and renders what it gives back. It decides nothing: rights are checked by the
//! use case (`cx.allowed`), and statuses are chosen in [`fault`].

mod answer;
mod edge;
pub mod extract;
pub mod fault;
pub mod headers;
mod lines;
mod long_wait;
mod metrics;
mod oauth;
pub mod openapi;
pub mod related;
pub mod routes;
pub mod views;
mod waiting;

use std::ops::Deref;
use std::sync::Arc;

use chancery_authz::Authz;
use chancery_context::Platform;
use chancery_issuer::Issuer;
use chancery_watch::feed::Feed;

pub use answer::{Answer, Created, Done, Versioned};
pub use edge::Requested;
pub use extract::{ClientAddress, client_address};
pub use fault::Problem;
pub use long_wait::{LongWait, comes_later};

/// What every handler may use. Handed to each of them, so a clone costs one count.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

/// What stands behind it.
pub struct Parts {
    pub platform: Platform,
    pub issuer: Issuer,
    pub feed: Feed,
    pub authz: Authz,
    metrics: Arc<metrics::Metrics>,
    proven: routes::operations::ready::Proven,
    document: bytes::Bytes,
    readers: Readers,
}

/// Who may read the counters, by address.
pub type Readers = Box<dyn Fn(std::net::IpAddr) -> bool + Send + Sync>;

impl Api {
    pub fn new(platform: Platform, issuer: Issuer, feed: Feed, readers: Readers) -> Self {
        let document = openapi::document(&platform.settings);
        let document = serde_json::to_vec(&document).unwrap_or_default().into();
        let (metrics, proven) = Default::default();
        let authz = Authz::new(platform.clone());
        Self(Arc::new(Parts { platform, issuer, feed, authz, metrics, proven, document, readers }))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The whole HTTP API.
pub fn router(api: Api) -> axum::Router {
    router_with(api, axum::Router::new())
}

/// The API together with pages, behind one edge: they share request ids, counters, default headers and the answer to
/// what does not exist.
pub fn router_with(api: Api, pages: axum::Router) -> axum::Router {
    let settings = api.platform.settings.clone();
    let edge = edge::Edge(Arc::new(edge::Facts {
        env: api.platform.db.env().clone(),
        metrics: api.metrics.clone(),
        https: settings.issuer.starts_with("https://"),
        resource: settings.url(routes::operations::resource::PATH),
        any_origin: routes::any_origin().chain(oauth::paths(&settings.issuer)).collect(),
    }));
    routes::mount(&api)
        .merge(oauth::router(&settings.issuer))
        .with_state(api)
        .merge(pages)
        .fallback(fault::no_such_path)
        .method_not_allowed_fallback(fault::no_such_method)
        .layer(edge)
}
