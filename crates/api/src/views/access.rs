//! Assignments, connections and grants, as the API shows them.

use chancery_kernel::{
    AgentId, AppId, AssignmentId, ClientId, ConnectionId, GrantId, ScopeSet, Seconds, Timestamp, UserId,
};
use chancery_model::{Origin, Principal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

use super::{Approvers, Meta};

/// Who is assigned, by their id alone: the prefix says which noun it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignee(pub Principal);

impl Serialize for Assignee {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Assignee {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        (text.parse().map(Principal::User))
            .or_else(|_| text.parse().map(Principal::Group))
            .or_else(|_| text.parse().map(Principal::Agent))
            .or_else(|_| text.parse().map(Principal::Client))
            .map(Self)
            .map_err(|_| de::Error::custom("not the id of a user, group, agent or client"))
    }
}

/// That somebody may use an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assignment {
    #[schema(value_type = String, example = "asg_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: AssignmentId,
    /// Id of a user, group, agent or client.
    #[schema(value_type = String)]
    principal: Assignee,
    #[schema(value_type = String)]
    application: AppId,
    /// Separated by spaces; absent: all scopes of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    scopes: Option<ScopeSet>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Assignment> for Assignment {
    fn from(a: &chancery_model::Assignment) -> Self {
        Self {
            id: a.id,
            principal: Assignee(a.principal),
            application: a.application,
            scopes: a.scopes.clone(),
            meta: (&a.meta).into(),
        }
    }
}

/// What an agent may reach of an application, and where it has to ask.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connection {
    #[schema(value_type = String, example = "con_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: ConnectionId,
    #[schema(value_type = String)]
    agent: AgentId,
    #[schema(value_type = String)]
    application: AppId,
    /// Scopes handed out without asking, separated by spaces.
    #[schema(value_type = String)]
    auto: ScopeSet,
    /// Scopes for which a person is asked.
    #[schema(value_type = String)]
    approval: ScopeSet,
    /// Scopes never handed out.
    #[schema(value_type = String)]
    never: ScopeSet,
    /// `person`, `agent_owner`, `agent_sponsor`, `application_owner`, or the id of a group.
    #[schema(value_type = String)]
    approver: Approvers,
    /// Whether an attempt that lacks nothing but a person's yes files the access request by itself.
    asks_by_itself: bool,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    longest_lifetime: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Timestamp>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Connection> for Connection {
    fn from(c: &chancery_model::Connection) -> Self {
        Self {
            id: c.id,
            agent: c.agent,
            application: c.application,
            auto: c.auto.clone(),
            approval: c.approval.clone(),
            never: c.never.clone(),
            approver: Approvers(c.approver.clone()),
            asks_by_itself: c.asks_by_itself,
            longest_lifetime: c.longest_lifetime,
            ends: c.ends,
            meta: (&c.meta).into(),
        }
    }
}

/// What a person consented to, or what an approval gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grant {
    #[schema(value_type = String, example = "grt_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: GrantId,
    /// `consent`; `approval`; `assignment`: somebody is assigned for a while; or `refusal`: the person took a consent
    /// back, and the agent stays out.
    #[schema(value_type = String)]
    origin: Origin,
    #[schema(value_type = String)]
    user: UserId,
    /// The client the person saw.
    #[schema(value_type = String)]
    client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// Absent: the person's own profile at this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    application: Option<AppId>,
    /// Separated by spaces.
    #[schema(value_type = String)]
    scopes: ScopeSet,
    /// It gives nothing before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Until then, as of this answer; 0: it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<i64>,
    /// What it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    /// Whose yes it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    approved_by: Vec<UserId>,
    /// Since then it waits for somebody else's word: one of them has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    in_review: Option<Timestamp>,
    #[serde(flatten)]
    meta: Meta,
}

impl Grant {
    pub fn at(now: Timestamp, g: &chancery_model::Grant) -> Self {
        Self {
            id: g.id,
            origin: g.origin,
            user: g.user,
            client: g.client,
            agent: g.agent,
            application: g.application,
            scopes: g.scopes.clone(),
            from: g.from,
            until: g.until,
            seconds_left: g.until.map(|end| end.since(now).0.max(0)),
            purpose: g.purpose.clone(),
            approved_by: g.approved_by.clone(),
            in_review: g.in_review,
            meta: (&g.meta).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::{GroupId, Id};

    #[test]
    fn principals_are_written_as_ids_and_read_back() {
        let group = GroupId::from_uuid(chancery_kernel::id::Uuid::from_u128(7));
        let assignee = Assignee(Principal::Group(group));
        let text = serde_json::to_string(&assignee).unwrap();
        assert_eq!(text, format!("\"{group}\""));
        assert_eq!(serde_json::from_str::<Assignee>(&text).unwrap(), assignee);
        assert!(serde_json::from_str::<Assignee>("\"app_1\"").is_err());
    }
}
