//! The administration. A handler asks use cases, which check every right themselves; what they refuse is a page.

mod agent;
mod agents;
mod application;
mod applications;
mod approvals;
mod approvers;
mod assignments;
mod audit;
mod client;
mod clients;
mod endpoint;
mod endpoints;
mod event;
mod flash;
mod grants;
mod group;
mod groups;
mod lines;
mod lists;
pub(in crate::web) mod live;
mod names;
mod organization;
mod overview;
mod read;
mod relations;
mod seat;
mod secret;
mod secrets;
mod sentences;
mod tally;
mod tokens;
mod user;
mod users;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Extension, Router};

use self::agent::{changes, reach, stop};
use self::client::credentials;
use self::relations::{asking, models, stores, tuples};
use super::Console;
use crate::links::route;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route(route::OVERVIEW, get(overview::show))
        .route(route::LIVE, get(live::follow))
        .route(route::AUDIT, get(audit::show))
        .route(route::EVENT, get(event::show))
        .merge(of_agents())
        .merge(of_clients())
        .merge(of_systems())
        .merge(of_people())
        .merge(of_approvals())
        .merge(of_the_vault())
        .merge(of_relations())
        .merge(of_endpoints())
        .layer(Extension(tally::Tallies::default()))
}

fn of_agents() -> Router<Console> {
    Router::new()
        .route(route::AGENTS, get(agents::list).post(agents::register))
        .route(route::AGENT, get(agent::show).post(changes::edit))
        .route(route::AGENT_STAGE, post(changes::stage))
        .route(route::AGENT_OWNER_ADD, post(changes::add_owner))
        .route(route::AGENT_OWNER_REMOVE, post(changes::remove_owner))
        .route(route::AGENT_CONTAIN, get(stop::ask_contain).post(stop::contain))
        .route(route::AGENT_RELEASE, get(stop::ask_release).post(stop::release))
        .route(route::AGENT_RUN_STOP, post(stop::stop_run))
        .route(route::AGENT_CLIENT_CREATE, post(agent::clients::create))
        .route(route::AGENT_CONNECTION_CREATE, post(reach::connect))
        .route(route::CONNECTION, post(reach::change))
        .route(route::CONNECTION_END, post(reach::end))
}

fn of_clients() -> Router<Console> {
    Router::new()
        .route(route::CLIENTS, get(clients::list).post(clients::create))
        .route(route::CLIENT, get(client::show).post(client::edit))
        .route(route::CLIENT_DELETE, post(client::delete))
        .route(route::CLIENT_SECRET_CREATE, post(credentials::add_secret))
        .route(route::CLIENT_SECRET_REMOVE, post(credentials::remove_secret))
        .route(route::CLIENT_KEY_ADD, post(credentials::add_key))
        .route(route::CLIENT_KEY_REMOVE, post(credentials::remove_key))
        .route(route::CLIENT_DISABLE, post(client::disable))
        .route(route::CLIENT_ENABLE, post(client::enable))
        .route(route::TOKEN_REVOKE, post(tokens::revoke))
}

fn of_systems() -> Router<Console> {
    Router::new()
        .route(route::APPLICATIONS, get(applications::list).post(applications::create))
        .route(route::APPLICATION, get(application::show).post(application::edit))
        .route(route::APPLICATION_ENABLE, post(application::enable))
        .route(route::APPLICATION_DISABLE, post(application::disable))
        .route(route::SCOPE_SET, post(application::set_scope))
        .route(route::SCOPE_REMOVE, post(application::remove_scope))
        .route(route::ASSIGN, post(assignments::assign))
        .route(route::UNASSIGN, post(assignments::unassign))
}

fn of_approvals() -> Router<Console> {
    Router::new()
        .route(route::APPROVALS, get(approvals::list))
        .route(route::APPROVAL, get(approvals::show))
        .route(route::APPROVAL_CANCEL, post(approvals::cancel))
        .route(route::APPROVAL_REVIEW, post(approvals::review))
        .route(route::GRANTS, get(grants::list))
        .route(route::GRANT_RETURN, post(grants::give_back))
        .route(route::GRANT_CONFIRM, post(grants::confirm))
        .route(route::APPROVER_FOLDER, post(approvers::of_folders))
        .route(route::APPROVER_SECRET, post(approvers::of_secrets))
        .route(route::APPROVERS, get(approvers::show))
        .route(route::APPROVER_CONNECTION, post(approvers::of_connections))
        .route(route::APPROVER_SCOPE, post(approvers::of_scopes))
}

fn of_people() -> Router<Console> {
    Router::new()
        .route(route::ORGANIZATION, get(organization::show).post(organization::edit))
        .route(route::USERS, get(users::list).post(users::create))
        .route(route::USER, get(user::show).post(user::edit))
        .route(route::USER_DISABLE, post(user::disable))
        .route(route::USER_ENABLE, post(user::enable))
        .route(route::USER_PASSWORD, post(user::set_password))
        .route(route::USER_FACTORS_RESET, post(user::reset_factors))
        .route(route::GROUPS, get(groups::list).post(groups::create))
        .route(route::GROUP, get(group::show).post(group::edit))
        .route(route::GROUP_DELETE, post(group::delete))
        .route(route::MEMBER_ADD, post(group::add_member))
        .route(route::MEMBER_REMOVE, post(group::remove_member))
}

fn of_the_vault() -> Router<Console> {
    Router::new()
        .route(route::SECRETS, get(secrets::list))
        .route(route::SECRET, get(secret::show))
        .route(route::SECRET_ROTATE, post(secret::rotate))
        .route(route::LEASE_END, post(secret::end))
}

fn of_relations() -> Router<Console> {
    Router::new()
        .route(route::STORES, get(stores::list).post(stores::create))
        .route(route::STORE, get(stores::show))
        .route(
            route::STORE_MODELS,
            get(models::blank).post(models::write).layer(DefaultBodyLimit::max(models::LONGEST)),
        )
        .route(route::STORE_MODEL, get(models::show))
        .route(route::STORE_TUPLES, get(tuples::search).post(relations::change::confirm))
        .route(route::STORE_CHANGE, get(relations::change::look))
        .route(route::STORE_CHECK, get(asking::check))
        .route(route::STORE_REACH, get(asking::reach))
}

fn of_endpoints() -> Router<Console> {
    Router::new()
        .route(route::ENDPOINTS, get(endpoints::list).post(endpoints::create))
        .route(route::ENDPOINT, get(endpoint::show).post(endpoint::edit))
        .route(route::ENDPOINT_TEST, post(endpoint::test))
        .route(route::ENDPOINT_ROTATE, post(endpoint::rotate))
        .route(route::ENDPOINT_ENABLE, post(endpoint::enable))
        .route(route::ENDPOINT_DISABLE, post(endpoint::disable))
        .route(route::ENDPOINT_DELETE, post(endpoint::delete))
}
