//! The protocol endpoints that speak to programs: token, backchannel requests, introspection, revocation, userinfo, keys, metadata. What
//! speaks to people (authorization, sign-in, consent, sign-out) are pages of the console.

mod asked;
mod bc_authorize;
mod metadata;
mod reply;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{get, post};
use chancery_oauth::metadata::path::BC_AUTHORIZE;

use crate::Api;
use crate::headers::cors;

/// The endpoints, all of which browsers' programs may call from any origin (RFC 9700 §2.6).
pub fn router(issuer: &str) -> Router<Api> {
    let mut router = Router::new()
        .route("/oauth2/token", post(token::token))
        .route(BC_AUTHORIZE, post(bc_authorize::bc_authorize))
        // Where existing clients look for it.
        .route("/bc-authorize", post(bc_authorize::bc_authorize))
        .route("/oauth2/introspect", post(token::introspect))
        .route("/oauth2/revoke", post(token::revoke))
        .route("/oauth2/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/oauth2/keys", get(metadata::keys));
    for path in chancery_oauth::metadata::well_known_paths(issuer) {
        router = router.route(&path, get(metadata::document));
    }
    cors(router)
}
