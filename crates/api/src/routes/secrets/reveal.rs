//! `secret_reveal`: a secret handed out where its policy says so, or the question that has to be answered first.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use chancery_broker::Spot;
use chancery_broker::reveal::{self, Handed, Revealed, Waiting, Wanted};
use chancery_context::Cx;
use chancery_jose::Jwk;
use chancery_kernel::{ApprovalId, Fault, GrantId, Seconds, SecretId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Accepted;
use crate::extract::{Body, Call, SecretPath};
use crate::{Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// For whom, where the token does not say: sign-in name, e-mail address or id. That person has to say yes.
    user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it.
    #[serde(default)]
    task: String,
    /// A request that was filed earlier: goes on with it, whatever became of it.
    #[schema(value_type = Option<String>)]
    request: Option<ApprovalId>,
    /// Seconds that the question stands, where a person has to be asked; at most 900.
    #[schema(value_type = Option<i64>)]
    expiry: Option<Seconds>,
    /// Under a lease, also where the policy asks for none.
    #[serde(default)]
    checkout: bool,
    /// To nobody else meanwhile; implies a lease.
    #[serde(default)]
    exclusive: bool,
    /// Seconds that the lease lasts at most.
    #[schema(value_type = Option<i64>)]
    lifetime: Option<Seconds>,
    /// A JWK, EC P-256 or RSA: the value comes as a JWE that its private key opens (ECDH-ES or RSA-OAEP-256, A256GCM).
    #[schema(value_type = Option<Object>)]
    public_key: Option<serde_json::Value>,
}

/// A secret, handed out: with `value`, or with `secret_jwe` where a key was presented.
#[derive(Serialize, ToSchema)]
pub struct Revealed200 {
    #[schema(value_type = String)]
    id: SecretId,
    name: String,
    kind: &'static str,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_jwe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<views::Lease>,
    /// The permission it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    grant: Option<GrantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Status 202: a person was asked. Send the same again with `request`, or follow `wait`.
#[derive(Serialize)]
struct Asked {
    request: ApprovalId,
    state: &'static str,
    lapses: Timestamp,
    retry_after: i64,
    wait: String,
}

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
    Body(asked): Body<Reveal>,
) -> Result<Response, Problem> {
    answer(&cx, &spot, asked).await
}

impl Reveal {
    pub(super) fn lent(self) -> Self {
        Self { checkout: true, ..self }
    }
}

pub(super) async fn answer(cx: &Cx, spot: &Spot, asked: Reveal) -> Result<Response, Problem> {
    let key = asked.public_key.as_ref().map(key).transpose()?;
    let Reveal { user, task, request, expiry, checkout, exclusive, lifetime, .. } = asked;
    if lifetime.into_iter().chain(expiry).any(|length| length.0 < 1) {
        return Err(Problem::invalid("bad_lifetime", "lifetime and expiry are at least one second"));
    }
    let wanted = Wanted { user, task, request, expiry, checkout, exclusive, lifetime };
    match reveal::reveal(cx, spot, wanted).await? {
        Revealed::Handed(handed) => Ok(Json(shown(*handed, key.as_ref())?).into_response()),
        Revealed::Waiting(waiting) => Ok(told(cx, spot, waiting).into_response()),
    }
}

/// Looked at before anything is decided: a key that cannot be used costs no lease and no question.
fn key(given: &serde_json::Value) -> Result<Jwk, Problem> {
    let bad = |why: String| Problem::invalid("bad_key", format!("public_key cannot be used: {why}"));
    let jwk: Jwk = serde_json::from_value(given.clone()).map_err(|e| bad(e.to_string()))?;
    chancery_jose::encrypt(&jwk, "json", b"").map_err(|e| bad(e.to_string()))?;
    Ok(jwk)
}

fn shown(handed: Handed, key: Option<&Jwk>) -> Result<Revealed200, Problem> {
    let Handed { secret, version, value, lease, grant, until } = handed;
    let sealed = key.map(|key| chancery_jose::encrypt(key, "json", &value.plain())).transpose();
    let secret_jwe = sealed.map_err(|_| Fault::internal("a public key that was tried cannot be used"))?;
    let clear = || value.iter().map(|(name, field)| (name.to_owned(), field.expose().to_owned())).collect();
    Ok(Revealed200 {
        id: secret.id,
        name: secret.name,
        kind: secret.kind.as_str(),
        version,
        value: secret_jwe.is_none().then(clear),
        secret_jwe,
        lease: lease.as_ref().map(Into::into),
        grant,
        until,
    })
}

fn told(cx: &Cx, spot: &Spot, waiting: Waiting) -> Accepted<impl Serialize + use<>> {
    let path = format!(
        "/api/v1/secrets/{}/secrets/{}/requests/{}",
        chancery_model::Folder::path(&spot.resource_group, &spot.project),
        spot.secret,
        waiting.request
    );
    let body = Asked {
        request: waiting.request,
        state: "pending",
        lapses: waiting.lapses,
        retry_after: waiting.again.0,
        wait: cx.platform.settings.url(&format!("{path}?wait=30")),
    };
    Accepted { location: path, again: waiting.again, body }
}
