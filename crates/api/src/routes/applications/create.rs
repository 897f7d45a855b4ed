//! `application_create`: a system that tokens are for.

use chancery_directory::applications::{self, NewApplication};
use chancery_kernel::{Seconds, UserId};
use chancery_model::{ConsentRule, DualSubject, Profile, SigningAlg};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSystem {
    name: String,
    #[serde(default)]
    description: String,
    /// The resource URI: absolute, without fragment; tokens carry it byte for byte.
    resource: String,
    #[serde(default)]
    scopes: Vec<views::ScopeRule>,
    /// `rfc8693`, `agbac-1.0` or `act_as`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    profile: Profile,
    /// `required` or `agent_only`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    dual_subject: DualSubject,
    /// `organization` or `person`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    consent: ConsentRule,
    /// `ES256`, `EdDSA`, `PS256` or `RS256`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    alg: SigningAlg,
    /// 30 to 900 seconds; 300 if absent.
    #[schema(value_type = Option<i64>)]
    token_lifetime: Option<Seconds>,
    #[schema(value_type = Option<String>)]
    owner: Option<UserId>,
}

pub async fn handle(
    Call(cx): Call,
    Body(new): Body<NewSystem>,
) -> Result<Created<views::Application>, Problem> {
    let new = NewApplication {
        name: new.name,
        description: new.description,
        resource: new.resource,
        scopes: new.scopes.into_iter().map(Into::into).collect(),
        profile: new.profile,
        dual_subject: new.dual_subject,
        consent: new.consent,
        alg: new.alg,
        token_lifetime: new.token_lifetime,
        owner: new.owner,
    };
    let application = applications::create(&cx, new).await?;
    Ok(views::created("/api/v1/applications", application.as_ref()))
}
