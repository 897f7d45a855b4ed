//! An application and its scopes, as the API shows and takes them.

use chancery_kernel::{AppId, Scope, Seconds, UserId};
use chancery_model::{Action, ConsentRule, DualSubject, Profile, SigningAlg, Tier, Weight};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approvers, Meta};

/// One scope, in words a person can decide by.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    #[schema(value_type = String, example = "contacts.read")]
    name: Scope,
    /// What the holder may do, in the infinitive: "read contacts of your customers".
    title: String,
    /// Which data it touches.
    #[serde(default)]
    data: String,
    /// `read` or `change`.
    #[schema(value_type = String)]
    action: Action,
    /// What it means for the business when it is used wrongly.
    #[serde(default)]
    impact: String,
    /// For agents whose connection says nothing of this scope: `auto`, `approval` or `never`.
    #[schema(value_type = String)]
    tier: Tier,
    /// What its use weighs as: `payment`, `permission_change`, `export`, `external_message`, `deletion`, `contract` or
    /// `customer_data`. A yes to it takes a number and a fresh second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    impact_class: Option<Weight>,
    /// Who has to say yes to it, on top of what a connection says: as `approver` of a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    approver: Option<Approvers>,
}

impl From<&chancery_model::ScopeRule> for ScopeRule {
    fn from(r: &chancery_model::ScopeRule) -> Self {
        let chancery_model::ScopeRule { name, title, data, action, impact, tier, weight, approver } =
            r.clone();
        Self {
            name,
            title,
            data,
            action,
            impact,
            tier,
            impact_class: weight,
            approver: approver.map(Approvers),
        }
    }
}

impl From<ScopeRule> for chancery_model::ScopeRule {
    fn from(r: ScopeRule) -> Self {
        let ScopeRule { name, title, data, action, impact, tier, impact_class, approver } = r;
        let (weight, approver) = (impact_class, approver.map(|approver| approver.0));
        Self { name, title, data, action, impact, tier, weight, approver }
    }
}

/// A system that tokens are for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Application {
    #[schema(value_type = String, example = "app_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: AppId,
    name: String,
    description: String,
    /// The resource URI, which becomes `aud`, byte for byte.
    resource: String,
    scopes: Vec<ScopeRule>,
    /// How tokens tell a delegation: `rfc8693`, `agbac-1.0` or `act_as`.
    #[schema(value_type = String)]
    profile: Profile,
    /// Whether an agent needs a person: `required` or `agent_only`.
    #[schema(value_type = String)]
    dual_subject: DualSubject,
    /// Whose consent a delegation needs: `organization` or `person`.
    #[schema(value_type = String)]
    consent: ConsentRule,
    /// `ES256`, `EdDSA`, `PS256` or `RS256`.
    #[schema(value_type = String)]
    alg: SigningAlg,
    /// Seconds that access tokens live.
    #[schema(value_type = i64)]
    token_lifetime: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    owner: Option<UserId>,
    enabled: bool,
    /// Part of the server itself.
    builtin: bool,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Application> for Application {
    fn from(a: &chancery_model::Application) -> Self {
        Self {
            id: a.id,
            name: a.name.clone(),
            description: a.description.clone(),
            resource: a.resource.clone(),
            scopes: a.scopes.iter().map(ScopeRule::from).collect(),
            profile: a.profile,
            dual_subject: a.dual_subject,
            consent: a.consent,
            alg: a.alg,
            token_lifetime: a.token_lifetime,
            owner: a.owner,
            enabled: a.enabled,
            builtin: a.builtin,
            meta: (&a.meta).into(),
        }
    }
}
