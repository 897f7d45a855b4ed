//! An approval, as the API shows it.

use chancery_kernel::{
    AgentId, AppId, ApprovalId, ClientId, GrantId, RunId, ScopeSet, Seconds, Timestamp, UserId,
};
use chancery_model::approval::Voice;
use chancery_model::{State, Weight};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Meta, Need};

/// A question to a person, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approval {
    #[schema(value_type = String, example = "apr_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: ApprovalId,
    /// `pending`, `approved`, `denied`, `expired`, `canceled` or `redeemed`.
    #[schema(value_type = String)]
    state: State,
    /// The person concerned.
    #[schema(value_type = String)]
    user: UserId,
    #[schema(value_type = String)]
    client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    /// Everything that is asked for.
    #[schema(value_type = String)]
    scope: ScopeSet,
    #[schema(value_type = Vec<Object>)]
    authorization_details: Vec<serde_json::Value>,
    /// What the person reads, word for word.
    sentences: Vec<Sentence>,
    /// Digest of the sentences: an answer has to carry it.
    seen: String,
    /// Whose yes it takes; all of them.
    needs: Vec<Need>,
    /// What it weighs as. A yes takes the number that the requester shows, and a fresh second factor then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    impact_classes: Vec<Weight>,
    /// Somebody said that it should not have been asked.
    reported: bool,
    answers: Vec<Reply>,
    /// What a token that rests on it names as `grant_id`.
    #[schema(value_type = String)]
    grant: GrantId,
    /// Longest life of that token, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    lifetime: Option<Seconds>,
    /// Of an access request: what it says beyond the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Access>,
    #[schema(value_type = String, format = DateTime)]
    lapses: Timestamp,
    /// Why nothing more can become of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Closed>,
    #[serde(flatten)]
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApprovalSentence)]
struct Sentence {
    /// `server`: the server knows it. `agent`: the agent says so. `warning`: to be minded.
    #[schema(value_type = String)]
    voice: Voice,
    term: String,
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApprovalAnswer)]
struct Reply {
    #[schema(value_type = String)]
    by: UserId,
    allow: bool,
    /// For whom they answered, where that was somebody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    instead_of: Vec<UserId>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    seen: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
struct Access {
    purpose: String,
    /// How long the permission lasts.
    #[schema(value_type = i64)]
    seconds: Seconds,
    /// It is to begin then, and not with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts: Option<Timestamp>,
    /// It asks to be assigned to the application.
    assign: bool,
    /// The grant that is to last longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    extends: Option<GrantId>,
    /// The person who asked, where no agent did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    by: Option<UserId>,
    /// Nobody was asked: it was taken in an emergency.
    emergency: bool,
    /// What somebody else thinks of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmergencyReview)]
struct Review {
    #[schema(value_type = String)]
    by: UserId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    justified: bool,
    note: String,
}

impl Access {
    fn of(asked: &chancery_model::Approval) -> Option<Self> {
        let (access, seconds) = asked.access.as_ref().zip(asked.grants_for)?;
        let review = access.emergency.as_ref().and_then(|emergency| emergency.review.as_ref());
        Some(Self {
            purpose: access.purpose.clone(),
            seconds,
            starts: access.starts,
            assign: access.assigns,
            extends: access.extends,
            by: access.by,
            emergency: access.emergency.is_some(),
            review: review.map(|r| Review {
                by: r.by,
                at: r.at,
                justified: r.justified,
                note: r.note.clone(),
            }),
        })
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApprovalClosing)]
struct Closed {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    why: String,
}

impl Approval {
    /// As it stands at this moment: what has lapsed is shown as lapsed.
    pub fn at(now: Timestamp, asked: &chancery_model::Approval) -> Self {
        let sentence = |s: &chancery_model::Sentence| Sentence {
            voice: s.voice,
            term: s.term.clone(),
            text: s.text.clone(),
        };
        let reply = |a: &chancery_model::Answer| Reply {
            by: a.by,
            allow: a.allow,
            instead_of: a.rights.iter().copied().filter(|right| *right != a.by).collect(),
            at: a.at,
            seen: a.seen.clone(),
        };
        Self {
            id: asked.id,
            state: asked.state_at(now),
            user: asked.user,
            client: asked.client,
            agent: asked.agent,
            run: asked.run,
            application: asked.application,
            resource: asked.resource.clone(),
            scope: asked.scopes.union(&asked.identity),
            authorization_details: asked.details.clone(),
            sentences: asked.sentences.iter().map(sentence).collect(),
            seen: asked.seen.clone(),
            needs: asked.needs.iter().map(Need::from).collect(),
            impact_classes: asked.weights.clone(),
            reported: asked.reported,
            answers: asked.answers.iter().map(reply).collect(),
            grant: asked.grant,
            lifetime: asked.lifetime,
            access: Access::of(asked),
            lapses: asked.lapses,
            closed: asked.closed.as_ref().map(|c| Closed { at: c.at, why: c.why.clone() }),
            meta: (&asked.meta).into(),
        }
    }
}
