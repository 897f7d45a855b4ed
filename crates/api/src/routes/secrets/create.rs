//! `secret_create`: a secret put into the vault.

use chancery_broker::secrets::{self, NewSecret};
use chancery_model::ValueKind;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, FolderPath};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSecret)]
pub struct Deposit {
    /// 1 to 64 of a-z, 0-9, `-`, `_` and `.`.
    name: String,
    /// `api_key`, `password`, `oauth_client`, `ssh_key`, `certificate` or `key_value`.
    #[schema(value_type = String)]
    kind: ValueKind,
    /// What it opens: a person who is asked for it reads this.
    #[serde(default)]
    description: String,
    /// Absent: the folder's.
    policy: Option<views::RevealPolicy>,
    rotation: Option<views::Rotation>,
    /// Texts by the names of the kind: `key`; `password` and `username`; `client_id` and `client_secret`; `private_key`,
    /// `public_key`, `passphrase`; `certificate`, `private_key`, `chain`; or any.
    #[schema(value_type = Object)]
    value: serde_json::Value,
}

pub async fn handle(
    Call(cx): Call,
    at: FolderPath,
    Body(new): Body<Deposit>,
) -> Result<Created<views::Secret>, Problem> {
    let Deposit { name, kind, description, policy, rotation, value } = new;
    let (policy, rotation) = (policy.map(Into::into), rotation.map(views::Rotation::read).transpose()?);
    let new = NewSecret { name, kind, description, policy, rotation, value };
    let shown = secrets::create(&cx, &at.resource_group, &at.project, new).await?;
    let path = chancery_model::Folder::path(&at.resource_group, &at.project);
    Ok(Created {
        location: format!("/api/v1/secrets/{path}/secrets/{}", shown.secret.id),
        version: shown.secret.meta.version,
        body: views::Secret::of(&shown),
    })
}
