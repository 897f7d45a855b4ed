//! HTTP API: route table, extractors, fault table, OpenAPI.
//!
//! A handler parses, calls one use case, and renders what it gives back. It decides nothing: rights are checked by the
//! use case (`cx.allowed`), and statuses are chosen in [`fault`].

mod answer;
mod edge;
pub mod extract;
pub mod fault;
pub mod headers;
mod metrics;
mod oauth;
pub mod openapi;
pub mod routes;
pub mod views;

use std::sync::Arc;

use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use chancery_context::Platform;
use chancery_issuer::Issuer;
use chancery_watch::feed::Feed;

pub use answer::{Answer, Created, Done, Versioned};
pub use edge::Requested;
pub use extract::{ClientAddress, client_address};
pub use fault::Problem;

/// What every handler may use.
#[derive(Clone)]
pub struct Api {
    pub platform: Platform,
    pub issuer: Issuer,
    pub feed: Feed,
}

/// The whole HTTP API.
pub fn router(api: Api) -> axum::Router {
    router_with(api, axum::Router::new())
}

/// The API together with pages, behind one edge: they share request ids, counters, default headers and the answer to
/// what does not exist.
pub fn router_with(api: Api, pages: axum::Router) -> axum::Router {
    let settings = api.platform.settings.clone();
    let metrics = Arc::new(metrics::Metrics::default());
    let edge = edge::Edge {
        env: api.platform.db.env().clone(),
        metrics: metrics.clone(),
        https: settings.issuer.starts_with("https://"),
        resource: settings.url(routes::operations::resource::PATH).into(),
    };
    routes::mount()
        .merge(oauth::router(&settings.issuer))
        .with_state(api)
        .merge(pages)
        .fallback(fault::no_such_path)
        .method_not_allowed_fallback(fault::no_such_method)
        .layer(Extension(metrics))
        .layer(Extension(routes::operations::ready::Proven::default()))
        .layer(Extension(routes::operations::openapi::Document::new(&settings)))
        .layer(DefaultBodyLimit::max(extract::MOST_BYTES))
        .layer(from_fn_with_state(edge, edge::serve))
}
