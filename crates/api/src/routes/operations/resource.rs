//! `resource`: what the management API is as a protected resource (RFC 9728, OAuth Actor Profile for Delegation), so that
//! clients find the issuer and know whom their tokens have to name.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use chancery_context::ACTS;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;

/// RFC 9728 §3.1: the well-known part stands before the resource's path.
pub const PATH: &str = "/.well-known/oauth-protected-resource/api/v1";

#[derive(Serialize, ToSchema)]
#[schema(as = ProtectedResource)]
pub struct Metadata {
    resource: String,
    authorization_servers: Vec<String>,
    scopes_supported: Vec<&'static str>,
    bearer_methods_supported: [&'static str; 1],
    resource_name: &'static str,
    /// A delegated token names its agents in `act`: this application keeps that profile, whoever manages it.
    actor_profile_required: bool,
    /// A delegated token counts only as long as the person and every agent of its chain may do this.
    dual_principal_authorization_supported: bool,
}

pub async fn handle(State(api): State<Api>) -> Json<Metadata> {
    let settings = &api.platform.settings;
    let scopes: BTreeSet<&'static str> = ACTS.iter().map(|act| act.scope()).collect();
    Json(Metadata {
        resource: settings.api_resource(),
        authorization_servers: vec![settings.issuer.clone()],
        scopes_supported: scopes.into_iter().collect(),
        bearer_methods_supported: ["header"],
        resource_name: "Chancery management API",
        actor_profile_required: true,
        dual_principal_authorization_supported: true,
    })
}
