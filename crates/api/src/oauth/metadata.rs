//! Metadata (RFC 8414, OpenID Connect Discovery 1.0) and keys (RFC 7517 §5): public, cacheable for a while.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use chancery_kernel::ClientId;
use chancery_oauth::{Features, Metadata};
use http::{HeaderValue, header};
use serde::Deserialize;

use crate::Api;

#[derive(Deserialize)]
pub(super) struct Asked {
    /// Short name of an organization, where there are several.
    organization: Option<String>,
}

/// The same document under every well-known path; unknown query parameters are ignored. Beside the registered members
/// it names the public client of the command line, so that nobody has to look it up to sign in.
pub(super) async fn document(State(api): State<Api>, Query(asked): Query<Asked>) -> Response {
    let metadata = Metadata::for_issuer(api.issuer.issuer(), &Features::default());
    let mut document = serde_json::to_value(&metadata).unwrap_or_default();
    if let (Some(client), Some(members)) =
        (command_line(&api, asked.organization.as_deref()), document.as_object_mut())
    {
        members.insert("chancery_command_line_client".to_owned(), client.to_string().into());
    }
    cacheable(document.to_string())
}

fn command_line(api: &Api, organization: Option<&str>) -> Option<ClientId> {
    let hot = api.platform.db.hot();
    let org = match organization {
        Some(slug) => hot.org_by_slug(slug)?,
        None => {
            let mut all = hot.organizations.all();
            all.next().filter(|_| all.next().is_none())?.id
        }
    };
    hot.clients.of(org).find(|client| client.builtin).map(|client| client.id)
}

pub(super) async fn keys(State(api): State<Api>) -> Response {
    cacheable(api.platform.vault.ring().jwks().to_owned())
}

/// Keys are published long before they sign, so a minute in a cache hides nothing.
fn cacheable(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}
