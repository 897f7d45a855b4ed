//! The mock of a CRM such as Salesforce: every customer record has an owner, and an agent sees and changes only what belongs to the person it
//! acts for.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::{Extension, Json, Router};
use chancery_guard::{Caller, Guard, Profile, Require};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Mock, Registration};

#[derive(Clone, Debug, Serialize)]
struct Record {
    id: &'static str,
    /// E-mail address of the person whose customer it is.
    owner: &'static str,
    customer: &'static str,
    stage: String,
}

type Records = Arc<Mutex<Vec<Record>>>;

pub(crate) struct Crm;

impl Crm {
    pub const NAME: &'static str = "CRM";
    pub const RESOURCE: &'static str = "https://crm.example";
    const LIST: &'static str = "/customers";
    /// Belongs to Brandon Stark.
    pub const OWN: &'static str = "/customers/c-101";
    /// Belongs to somebody else.
    pub const FOREIGN: &'static str = "/customers/c-201";

    pub async fn start(issuer: &str, registered: Registration) -> anyhow::Result<Mock> {
        Mock::start(issuer, registered, (Profile::ActAs, Self::LIST), routes).await
    }
}

fn records() -> Records {
    let record = |id, owner, customer, stage: &str| Record { id, owner, customer, stage: stage.to_owned() };
    Arc::new(Mutex::new(vec![
        record("c-101", "brandon.stark@acme.com", "Harbor Glass Works", "negotiation"),
        record("c-102", "brandon.stark@acme.com", "Tidewater Rail", "won"),
        record("c-201", "maya.lindqvist@acme.com", "Orchard Analytics", "first contact"),
    ]))
}

/// Reading and writing are guarded apart: each route says which scope it needs.
fn routes(guard: &Guard) -> Router {
    let read = Require::scope("crm.read").delegated_only();
    let write = Require::scope("crm.write").delegated_only();
    let reading = Router::new().route("/customers", get(list)).route("/customers/{id}", get(show));
    let writing = Router::new().route("/customers/{id}", patch(update));
    reading.layer(guard.layer(read)).merge(writing.layer(guard.layer(write))).with_state(records())
}

/// The person the agent acts for: the guard let nobody else pass.
fn owner(caller: &Caller) -> &str {
    caller.user.as_deref().unwrap_or_default()
}

async fn list(State(records): State<Records>, Extension(caller): Extension<Caller>) -> Json<Value> {
    let all = records.lock().unwrap_or_else(PoisonError::into_inner);
    let own: Vec<&Record> = all.iter().filter(|record| record.owner == owner(&caller)).collect();
    let says = format!("{} of {} records: those of {}", own.len(), all.len(), owner(&caller));
    Json(json!({"says": says, "records": own}))
}

async fn show(
    State(records): State<Records>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let all = records.lock().unwrap_or_else(PoisonError::into_inner);
    match all.iter().find(|record| record.id == id) {
        Some(record) if record.owner == owner(&caller) => {
            let says = format!("{}: {}", record.customer, record.stage);
            Json(json!({"says": says, "record": record})).into_response()
        }
        // Unknown and somebody else's look the same.
        _ => not_yours(),
    }
}

async fn update(
    State(records): State<Records>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(change): Json<Value>,
) -> Response {
    let mut all = records.lock().unwrap_or_else(PoisonError::into_inner);
    let found = all.iter_mut().find(|record| record.id == id && record.owner == owner(&caller));
    match (found, change.get("stage").and_then(Value::as_str)) {
        (Some(record), Some(stage)) => {
            stage.clone_into(&mut record.stage);
            Json(json!({"says": format!("{}: {stage}", record.customer)})).into_response()
        }
        _ => not_yours(),
    }
}

fn not_yours() -> Response {
    let body = json!({"error": "not_yours", "error_description": "this record does not belong to the person you act for"});
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}
