//! Paths of the vault: `resource_groups/{rg}/projects/{project}`, and in it secrets by id or name.

use axum::extract::FromRequestParts;
use chancery_broker::Spot;
use chancery_kernel::{ApprovalId, Fault};
use http::request::Parts;

use super::id::params;
use crate::Problem;

/// A folder.
pub struct FolderPath {
    pub resource_group: String,
    pub project: String,
}

/// A secret.
pub struct SecretPath(pub Spot);

/// A request for a secret.
pub struct RequestPath(pub Spot, pub ApprovalId);

impl<S: Send + Sync> FromRequestParts<S> for FolderPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut all = params(parts, state).await?.into_iter();
        let mut next = || all.next().unwrap_or_default();
        Ok(Self { resource_group: next(), project: next() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SecretPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut all = params(parts, state).await?.into_iter();
        let mut next = || all.next().unwrap_or_default();
        Ok(Self(Spot { resource_group: next(), project: next(), secret: next() }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SecretPath(spot) = SecretPath::from_request_parts(parts, state).await?;
        let request = params(parts, state).await?.into_iter().nth(3);
        let request = request.and_then(|text| text.parse().ok());
        Ok(Self(spot, request.ok_or_else(|| Fault::not_found("request"))?))
    }
}
