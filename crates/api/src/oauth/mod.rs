//! The protocol endpoints that speak to programs: token, backchannel requests, introspection, revocation, userinfo, keys, metadata. What
//! speaks to people (authorization, sign-in, consent, sign-out) are pages of the console.

mod asked;
mod bc_authorize;
mod metadata;
mod reply;
mod token;
mod userinfo;
mod wait;

use axum::Router;
use axum::routing::{get, post};
use chancery_oauth::metadata::path::{BC_AUTHORIZE, BC_WAIT};

use crate::Api;

const TOKEN: &str = "/oauth2/token";
/// Where existing clients look for it.
const BC_AUTHORIZE_SHORT: &str = "/bc-authorize";
/// Where clients that were written for other servers look for it.
const TOKEN_ELSEWHERE: &str = "/oauth/token";
const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";
const USERINFO: &str = "/oauth2/userinfo";
const KEYS: &str = "/oauth2/keys";

/// The endpoints.
pub(crate) fn router(issuer: &str) -> Router<Api> {
    let router = Router::new()
        .route(TOKEN, post(token::token))
        .route(BC_AUTHORIZE, post(bc_authorize::bc_authorize))
        .route(BC_AUTHORIZE_SHORT, post(bc_authorize::bc_authorize))
        .route(BC_WAIT, post(wait::wait))
        .route(TOKEN_ELSEWHERE, post(token::token))
        .route(INTROSPECT, post(token::introspect))
        .route(REVOKE, post(token::revoke))
        .route(USERINFO, get(userinfo::userinfo).post(userinfo::userinfo))
        .route(KEYS, get(metadata::keys));
    let documents = chancery_oauth::metadata::well_known_paths(issuer);
    documents.iter().fold(router, |router, path| router.route(path, get(metadata::document)))
}

/// Their paths: browsers' programs may call all of them from any origin (RFC 9700 §2.6).
pub(crate) fn paths(issuer: &str) -> impl Iterator<Item = String> {
    let fixed = [
        TOKEN,
        TOKEN_ELSEWHERE,
        BC_AUTHORIZE,
        BC_AUTHORIZE_SHORT,
        BC_WAIT,
        INTROSPECT,
        REVOKE,
        USERINFO,
        KEYS,
    ]
    .map(str::to_owned);
    fixed.into_iter().chain(chancery_oauth::metadata::well_known_paths(issuer))
}
