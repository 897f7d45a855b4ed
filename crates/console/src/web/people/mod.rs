//! Pages for people: signing in and out, consenting, setting up, looking after one's own.

mod authorize;
mod device;
mod inbox;
mod log_out;
mod me;
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
        .route(route::INBOX, get(inbox::show))
        .route(route::INBOX_LIVE, get(inbox::live))
        .route(route::QUESTION, get(inbox::question))
        .route(route::QUESTION_ANSWER, post(inbox::answer))
        .route(route::QUESTION_TAKE_BACK, post(inbox::take_back))
        .route(route::WITHDRAW, post(me::withdraw))
        .route(route::SESSION_END, post(me::end_session))
        .route(route::SESSIONS_END_OTHERS, post(me::end_others))
        .route(route::PASSWORD_CHANGE, post(me::change_password))
}
