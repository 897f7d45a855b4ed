//! `secret_put`: another value in the place of the present one.

use axum::Json;
use chancery_broker::secrets;
use serde::Deserialize;
use utoipa::ToSchema;

use super::versions::SecretVersion;
use crate::Answer;
use crate::extract::{Body, Call, SecretPath};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// As for a new secret of this kind.
    #[schema(value_type = Object)]
    value: serde_json::Value,
}

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
    Body(new): Body<NewVersion>,
) -> Answer<SecretVersion> {
    Ok(Json(SecretVersion::of(secrets::put(&cx, &spot, &new.value).await?)))
}
