//! Handlers: they read a request, ask use cases, fill a page's view, and draw it.

mod answer;
mod browser;
mod desk;
mod fields;
mod people;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chancery_authz::Authz;
use chancery_context::Platform;
use chancery_issuer::Issuer;
use http::{HeaderValue, StatusCode, header};

use crate::assets;
use crate::links::route;

/// What every handler may use.
#[derive(Clone)]
pub struct Console {
    pub platform: Platform,
    pub issuer: Issuer,
    pub authz: Authz,
}

/// All pages, and what they load.
pub fn router(console: Console) -> Router {
    Router::new()
        .route(route::ASSET, get(asset))
        .merge(people::router())
        .merge(desk::router())
        .with_state(console)
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = assets::find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = asset.body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL));
    response
}
