//! Pages for people: signing in and out, consenting, setting up, looking after one's own.

mod app;
mod authorize;
mod device;
mod factors;
mod inbox;
mod log_out;
mod me;
mod own_requests;
mod second_factor;
mod setup;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use super::Console;
use crate::links::route;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/", get(sign_in::home))
        .route(route::SIGN_IN, get(sign_in::show).post(sign_in::submit))
        .route(chancery_oauth::metadata::path::AUTHORIZE, get(authorize::get).post(authorize::post))
        .route(route::CONSENT, post(authorize::answer))
        .route(chancery_oauth::metadata::path::LOGOUT, get(log_out::by_client).post(log_out::by_client_post))
        .route(route::LOG_OUT, get(log_out::show).post(log_out::submit))
        .route(route::SIGNED_OUT, get(log_out::done))
        .route(route::SETUP, get(setup::show).post(setup::submit))
        .route(route::ME, get(me::show))
        .route(route::BROWSERS, post(app::subscribe))
        .route(route::BROWSER_REMOVE, post(app::unsubscribe))
        .route(route::APP_MANIFEST, get(app::manifest))
        .route(route::APP_WORKER, get(app::worker))
        .route(route::APP_ICON, get(app::icon))
        .route(route::INBOX, get(inbox::show))
        .route(route::INBOX_LIVE, get(inbox::live))
        .route(route::QUESTION, get(inbox::question))
        .route(route::QUESTION_ANSWER, post(inbox::answer))
        .route(route::QUESTION_TAKE_BACK, post(inbox::take_back))
        .route(route::OWN_REQUESTS, get(own_requests::show).post(own_requests::file))
        .route(route::OWN_REQUEST_CANCEL, post(own_requests::cancel))
        .route(route::OWN_PERMISSION_RETURN, post(own_requests::give_back))
        .route(route::FACTORS, get(factors::show))
        .route(route::FACTOR_TOTP, get(factors::offer_totp).post(factors::enroll_totp))
        .route(route::FACTOR_PASSKEY, post(factors::enroll_passkey))
        .route(route::FACTOR_CODES, post(factors::renew_codes))
        .route(route::FACTOR_REMOVE, post(factors::remove))
        .route(route::SECOND_FACTOR, get(second_factor::show).post(second_factor::code))
        .route(route::SECOND_FACTOR_PASSKEY, post(second_factor::passkey))
        .route(route::WITHDRAW, post(me::withdraw))
        .route(route::SESSION_END, post(me::end_session))
        .route(route::SESSIONS_END_OTHERS, post(me::end_others))
        .route(route::STAND_IN, post(me::stand_in))
        .route(route::PASSWORD_CHANGE, post(me::change_password))
}
