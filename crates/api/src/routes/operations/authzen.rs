//! `authzen`: where a store answers AuthZEN's questions (§9). It names what was configured, never what a header said, and
//! says the same of stores that are not there.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::Api;
use crate::extract::Names;
use crate::related::ok;

pub async fn handle(State(api): State<Api>, Names([store]): Names<1>) -> Response {
    // An id has letters and digits; what else came is not repeated.
    let store: String = store.chars().filter(char::is_ascii_alphanumeric).take(26).collect();
    let point = api.platform.settings.url(&format!("/fga/stores/{store}"));
    let at = |what: &str| format!("{point}/access/v1/{what}");
    ok(&json!({
        "policy_decision_point": point,
        "access_evaluation_endpoint": at("evaluation"),
        "access_evaluations_endpoint": at("evaluations"),
        "search_subject_endpoint": at("search/subject"),
        "search_resource_endpoint": at("search/resource"),
        "search_action_endpoint": at("search/action"),
    }))
}
