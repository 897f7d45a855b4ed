//! What makes the inbox an app, and the browsers that tell its owner.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chancery_kernel::Outcome;
use chancery_notify::browsers::{self, Address};
use http::{HeaderValue, StatusCode, header};

use super::device;
use crate::web::Console;
use crate::web::answer::{problem, see_other};
use crate::web::browser::Visit;
use crate::web::fields::Fields;
use crate::{app, links};

fn file(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Their names do not change with what is in them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(super) async fn manifest() -> Response {
    file("application/manifest+json", app::MANIFEST.as_str())
}

/// It may load nothing, and runs for the whole origin.
pub(super) async fn worker() -> Response {
    let mut response = file("text/javascript; charset=utf-8", app::WORKER);
    let policy = HeaderValue::from_static("default-src 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

pub(super) async fn icon(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "192" => file("image/png", app::ICON_192.as_slice()),
        "512" => file("image/png", app::ICON_512.as_slice()),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn subscribe(State(_): State<Console>, visit: Visit, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        let text = |name: &str| fields.text(name).to_owned();
        let address = Address { endpoint: text("endpoint"), p256dh: text("p256dh"), auth: text("auth") };
        browsers::subscribe(&visit.cx(), address, &device::words(&visit.agent)).await
    };
    back(&visit, work.await, &links::inbox())
}

pub(super) async fn unsubscribe(visit: Visit, Path(browser): Path<String>, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        browsers::unsubscribe(&visit.cx(), &browser).await
    };
    back(&visit, work.await, &links::me())
}

fn back(visit: &Visit, outcome: Outcome<()>, to: &str) -> Response {
    match outcome {
        Ok(()) => see_other(to),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}
