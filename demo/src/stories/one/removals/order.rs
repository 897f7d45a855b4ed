//! The administrator's orders: what is taken away, and how it is given back.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;

use crate::setup::{self, Play};
use crate::stories::scenes::Told;

/// What is taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    Member,
    Assignment,
    Suspended,
    Contained,
}

/// An order that was carried out.
pub(super) struct Order {
    /// When it was sent.
    pub since: Instant,
    pub request: &'static str,
    pub says: &'static str,
    /// Kind of its line in the log, and whom that names.
    pub kind: &'static str,
    pub party: String,
}

impl Removal {
    pub const ALL: [Self; 4] = [Self::Member, Self::Assignment, Self::Suspended, Self::Contained];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Member => "1.7  alice leaves FINANCE_APP_USERS",
            Self::Assignment => "1.8  finance-agent-app loses its assignment to FinanceApp",
            Self::Suspended => "1.9  finance-agent-app is suspended",
            Self::Contained => "1.10  finance-agent-app is contained: the kill switch",
        }
    }

    /// Why the next request is refused. What a stopped agent holds of people is dead too, and looked at first.
    pub const fn told(self) -> Told {
        match self {
            Self::Member => Told::Deny(&["human_not_assigned"]),
            Self::Assignment => Told::Deny(&["agent_not_assigned"]),
            Self::Suspended | Self::Contained => Told::Deny(&["subject_token_revoked", "invalid_request"]),
        }
    }

    /// The same, when the agent asks for itself.
    pub const fn told_alone(self) -> Option<Told> {
        match self {
            Self::Member | Self::Assignment => None,
            Self::Suspended => Some(Told::Deny(&["agent_not_active"])),
            Self::Contained => Some(Told::Deny(&["agent_contained"])),
        }
    }

    /// Kills what the agent holds of people, not only what it holds for FinanceApp.
    pub const fn stops_the_agent(self) -> bool {
        matches!(self, Self::Suspended | Self::Contained)
    }

    /// Gives the order.
    pub async fn take(self, play: &mut Play) -> anyhow::Result<Order> {
        match self {
            Self::Member => leave(play).await,
            Self::Assignment => unassign(play).await,
            Self::Suspended => suspend(play).await,
            Self::Contained => contain(play).await,
        }
    }

    /// Takes the order back.
    pub async fn give_back(self, play: &mut Play) -> anyhow::Result<&'static str> {
        let agent = play.agents.finance.id.clone();
        match self {
            Self::Member => {
                setup::join(&mut play.desk, &play.people.finance_group, &play.people.alice.id).await?;
                Ok("alice is a member again")
            }
            Self::Assignment => {
                let app = play.systems.finance.id.clone();
                let id = setup::assign(&mut play.desk, &agent, &app, None).await?;
                play.agents.finance_assignment = id;
                Ok("the agent is assigned again")
            }
            Self::Suspended => {
                setup::stage(&mut play.desk, &agent, "active", "nothing was found").await?;
                Ok("the agent is active again")
            }
            Self::Contained => {
                let body = json!({"reason": "the cause is mended"});
                play.desk.post(&format!("/api/v1/agents/{agent}/release"), &body).await?;
                Ok("the agent is released")
            }
        }
    }
}

async fn leave(play: &mut Play) -> anyhow::Result<Order> {
    let party = play.people.alice.id.clone();
    let path = format!("/api/v1/groups/{}/members/{party}", play.people.finance_group);
    let since = Instant::now();
    play.desk.change_at(Method::DELETE, &path, None, None).await?;
    let (request, says) = ("DELETE /api/v1/groups/{id}/members/{alice}", "an administrator takes her out");
    Ok(Order { since, request, says, kind: "member_removed", party })
}

async fn unassign(play: &mut Play) -> anyhow::Result<Order> {
    let path = format!("/api/v1/assignments/{}", play.agents.finance_assignment);
    let since = Instant::now();
    play.desk.change_at(Method::DELETE, &path, None, None).await?;
    let (request, says) = ("DELETE /api/v1/assignments/{id}", "an administrator takes it back");
    Ok(Order { since, request, says, kind: "assignment_removed", party: play.agents.finance.id.clone() })
}

async fn suspend(play: &mut Play) -> anyhow::Result<Order> {
    let party = play.agents.finance.id.clone();
    let since = setup::stage(&mut play.desk, &party, "suspended", "its owner wants to look into it").await?;
    let (request, says) = ("POST /api/v1/agents/{id}/stage  suspended", "its owner wants to look into it");
    Ok(Order { since, request, says, kind: "agent_stage_changed", party })
}

async fn contain(play: &mut Play) -> anyhow::Result<Order> {
    let party = play.agents.finance.id.clone();
    let body = json!({"reason": "it reads more than its task needs"});
    let since = Instant::now();
    play.desk.post(&format!("/api/v1/agents/{party}/contain"), &body).await?;
    let (request, says) = ("POST /api/v1/agents/{id}/contain", "it reads more than its task needs");
    Ok(Order { since, request, says, kind: "agent_contained", party })
}
