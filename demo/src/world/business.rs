//! FinanceApp and HRApp: one page of data each, for agents that act for a person who may see it.

use axum::routing::get;
use axum::{Extension, Json, Router};
use chancery_guard::{Caller, Guard, Profile, Require};
use serde_json::{Value, json};

use super::{Mock, Registration};

/// The one scope of both.
pub(crate) const SCOPE: &str = "system.access";

/// What such a system keeps.
#[derive(Clone, Copy)]
pub(crate) struct Business {
    pub name: &'static str,
    pub resource: &'static str,
    pub path: &'static str,
    pub records: &'static [&'static str],
}

pub(crate) const FINANCE: Business = Business {
    name: "FinanceApp",
    resource: "https://finance.corp.example",
    path: "/ledger",
    records: &["4711 Travel 1,204.00", "4712 Licenses 18,500.00", "4713 Catering 310.40"],
};

pub(crate) const HR: Business = Business {
    name: "HRApp",
    resource: "https://hr.corp.example",
    path: "/vacancies",
    records: &["Clerk of works, Leeds", "Actuary, Porto"],
};

impl Business {
    pub async fn start(self, issuer: &str, registered: Registration) -> anyhow::Result<Mock> {
        Mock::start(issuer, registered, (Profile::Agbac, self.path), move |guard| self.routes(guard)).await
    }

    fn routes(self, guard: &Guard) -> Router {
        let records = self.records;
        let page = move |Extension(caller): Extension<Caller>| async move { Json(answer(records, &caller)) };
        Router::new().route(self.path, get(page)).layer(guard.layer(Require::scope(SCOPE).delegated_only()))
    }
}

fn answer(records: &[&str], caller: &Caller) -> Value {
    let agent = caller.agent.as_deref().unwrap_or_default();
    let person = caller.user.as_deref().unwrap_or_default();
    json!({"says": format!("{} records for {agent}, acting for {person}", records.len()), "records": records})
}
