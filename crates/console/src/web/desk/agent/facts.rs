//! The parts of an agent's page.

use std::sync::Arc;

use chancery_context::Act;
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_directory::clients::{self, ClientFilter};
use chancery_directory::connections::{self, ConnectionFilter};
use chancery_kernel::{AgentId, AppId, Outcome};
use chancery_model::{Application, ApproverRule, Approvers, Client, Connection, Need, Principal, Version};

use super::super::lists::most;
use super::super::names::Names;
use super::super::seat::Seat;
use crate::pages::agent as page;
use crate::parts::tier::ScopeTier;
use crate::parts::{Named, time};

/// Versions shown; the log has them all.
const VERSIONS: usize = 30;

pub(super) async fn clients(seat: &Seat, agent: AgentId) -> Outcome<Vec<page::Client>> {
    if !seat.may(Act::ClientRead) {
        return Ok(Vec::new());
    }
    let of = ClientFilter { agent: Some(agent), ..ClientFilter::default() };
    let found = clients::list(&seat.cx(), &most(), &of).await?;
    Ok(found.items.iter().map(|client| face(client)).collect())
}

fn face(client: &Client) -> page::Client {
    page::Client {
        client: Named::new(client.id.to_string(), &*client.name),
        auth: client.auth,
        enabled: client.enabled,
        credentials: client.secrets.len() + client.jwks.len(),
    }
}

pub(super) async fn assignments(
    seat: &Seat,
    agent: AgentId,
    connected: &[AppId],
) -> Outcome<Vec<page::Assignment>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let of = AssignmentFilter { principal: Some(Principal::Agent(agent)), ..AssignmentFilter::default() };
    let found = assignments::list(&seat.cx(), &most(), &of).await?;
    let names = Names::of(seat);
    let row = |a: &Arc<chancery_model::Assignment>| page::Assignment {
        id: a.id.to_string(),
        version: a.meta.version,
        application: names.application(a.application),
        scopes: a.scopes.iter().flatten().map(ToString::to_string).collect(),
        connectable: if connected.contains(&a.application) {
            Vec::new()
        } else {
            app(seat, a.application).map(|app| tiers(&app, None)).unwrap_or_default()
        },
    };
    Ok(found.items.iter().map(row).collect())
}

fn app(seat: &Seat, id: AppId) -> Option<Arc<Application>> {
    seat.console().platform.db.hot().applications.find(seat.cx().org, id).cloned()
}

/// The scopes of an application with the tiers that hold for the agent.
fn tiers(app: &Application, connection: Option<&Connection>) -> Vec<ScopeTier> {
    let tier = |rule: &chancery_model::ScopeRule| connection.and_then(|c| c.tier(rule.name.as_str()));
    let row = |rule: &chancery_model::ScopeRule| ScopeTier {
        scope: rule.name.to_string(),
        title: rule.title.clone(),
        action: rule.action,
        tier: tier(rule).unwrap_or(rule.tier),
    };
    app.scopes.iter().map(row).collect()
}

/// The connections, and the applications they lead to.
pub(super) async fn connections(seat: &Seat, agent: AgentId) -> Outcome<(Vec<page::Connection>, Vec<AppId>)> {
    if !seat.may(Act::ConnectionRead) {
        return Ok((Vec::new(), Vec::new()));
    }
    let of = ConnectionFilter { agent: Some(agent), ..ConnectionFilter::default() };
    let found = connections::list(&seat.cx(), &most(), &of).await?;
    let names = Names::of(seat);
    let row = |c: &Arc<Connection>| page::Connection {
        id: c.id.to_string(),
        version: c.meta.version,
        application: names.application(c.application),
        scopes: app(seat, c.application).map(|app| tiers(&app, Some(c))).unwrap_or_default(),
        approver: approver(&c.approver).to_owned(),
        approver_group: match c.approver.0.first().map(|need| &need.who) {
            Some(ApproverRule::Group { group }) => names.group(*group).name,
            _ => String::new(),
        },
        longest_lifetime: c.longest_lifetime,
        ends: c.ends,
        asks_by_itself: c.asks_by_itself,
    };
    Ok((found.items.iter().map(row).collect(), found.items.iter().map(|c| c.application).collect()))
}

/// The word of a rule that the form of a connection can hold; others are kept as they are.
fn approver(rule: &Approvers) -> &'static str {
    let [only] = rule.0.as_slice() else { return "kept" };
    if *only != Need::from(only.who.clone()) {
        return "kept";
    }
    match only.who {
        ApproverRule::Person => "person",
        ApproverRule::AgentOwner => "agent_owner",
        ApproverRule::AgentSponsor => "agent_sponsor",
        ApproverRule::ApplicationOwner => "application_owner",
        ApproverRule::Manager => "manager",
        ApproverRule::Group { .. } => "group",
    }
}

/// Each version with what it changed of the one before.
pub(super) fn history(names: &Names, versions: &[Version]) -> Vec<page::Change> {
    let before = versions.iter().skip(1).map(Some).chain([None]);
    let change = |(now, before): (&Version, Option<&Version>)| page::Change {
        number: now.number,
        at: now.at,
        by: names.who(&now.by),
        why: now.why.clone(),
        what: before.map(|before| difference(names, before, now)).unwrap_or_default(),
    };
    versions.iter().zip(before).take(VERSIONS).map(change).collect()
}

fn difference(names: &Names, before: &Version, now: &Version) -> Vec<String> {
    let (a, b) = (&before.record, &now.record);
    let mut what = Vec::new();
    if a.name != b.name {
        what.push(format!("name: {} → {}", a.name, b.name));
    }
    if a.stage != b.stage {
        what.push(format!("stage: {} → {}", a.stage.as_str(), b.stage.as_str()));
    }
    match (&a.contained, &b.contained) {
        (None, Some(_)) => what.push("contained".to_owned()),
        (Some(_), None) => what.push("released".to_owned()),
        _ => {}
    }
    if a.purpose != b.purpose {
        what.push(format!("purpose: {}", b.purpose));
    }
    if a.use_case != b.use_case {
        what.push("description of its task".to_owned());
    }
    if a.owners != b.owners {
        let owners: Vec<String> = names.people(&b.owners).into_iter().map(|owner| owner.name).collect();
        what.push(format!(
            "owners: {}",
            if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") }
        ));
    }
    if a.sponsor != b.sponsor {
        what.push(format!(
            "sponsor: {}",
            b.sponsor.map_or_else(|| "nobody".to_owned(), |id| names.user(id).name)
        ));
    }
    if a.expires != b.expires {
        what.push(format!("end date: {}", b.expires.map_or_else(|| "none".to_owned(), time::day)));
    }
    what
}
