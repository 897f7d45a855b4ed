//! `secret_update`: changes to what is known of a secret, and to its policy and rotation; not to its value.

use chancery_broker::secrets::{self, SecretPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, SecretPath};
use crate::views::given;
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretChange {
    name: Option<String>,
    description: Option<String>,
    /// `null`: the folder's.
    #[serde(default, deserialize_with = "given")]
    policy: Option<Option<views::RevealPolicy>>,
    /// `null`: none.
    #[serde(default, deserialize_with = "given")]
    rotation: Option<Option<views::Rotation>>,
}

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
    IfMatch(version): IfMatch,
    Body(change): Body<SecretChange>,
) -> Result<Versioned<views::Secret>, Problem> {
    let SecretChange { name, description, policy, rotation } = change;
    let rotation = match rotation {
        Some(Some(rotation)) => Some(Some(rotation.read()?)),
        other => other.map(|_| None),
    };
    let patch = SecretPatch { name, description, policy: policy.map(|p| p.map(Into::into)), rotation };
    Ok(views::Secret::versioned(&secrets::update(&cx, &spot, Some(version), patch).await?))
}
