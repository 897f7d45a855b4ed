//! `application_update`: changes to an application; a tighter rule acts on tokens already issued.

use chancery_directory::applications::{self, ApplicationPatch};
use chancery_kernel::{AppId, Seconds, UserId};
use chancery_model::{ConsentRule, DualSubject, Profile, SigningAlg};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::views::given;
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationChange {
    name: Option<String>,
    description: Option<String>,
    resource: Option<String>,
    /// The whole list.
    scopes: Option<Vec<views::ScopeRule>>,
    #[schema(value_type = Option<String>)]
    profile: Option<Profile>,
    #[schema(value_type = Option<String>)]
    dual_subject: Option<DualSubject>,
    #[schema(value_type = Option<String>)]
    consent: Option<ConsentRule>,
    #[schema(value_type = Option<String>)]
    alg: Option<SigningAlg>,
    #[schema(value_type = Option<i64>)]
    token_lifetime: Option<Seconds>,
    /// `null`: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    owner: Option<Option<UserId>>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AppId>,
    IfMatch(version): IfMatch,
    Body(change): Body<ApplicationChange>,
) -> Result<Versioned<views::Application>, Problem> {
    let patch = ApplicationPatch {
        name: change.name,
        description: change.description,
        resource: change.resource,
        scopes: change.scopes.map(|rules| rules.into_iter().map(Into::into).collect()),
        profile: change.profile,
        dual_subject: change.dual_subject,
        consent: change.consent,
        alg: change.alg,
        token_lifetime: change.token_lifetime,
        owner: change.owner,
    };
    let application = applications::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(application.as_ref()))
}
