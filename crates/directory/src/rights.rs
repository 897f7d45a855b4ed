//! Rights over the server itself: nobody hands out more than they hold, and the last administrator stays.

use std::sync::Arc;

use chancery_context::{Caller, Cx};
use chancery_kernel::{Fault, GroupId, OrgId, Outcome, ScopeSet, Timestamp, UserId};
use chancery_model::{Application, Client, Connection, Grant, Group, Origin, Principal};
use chancery_store::Hot;

use crate::builtin::{ADMINISTRATORS, RESOURCE_SERVER_SCOPES};
use crate::reach;

/// The management API of an organization.
pub(crate) fn management(hot: &Hot, org: OrgId) -> Option<&Arc<Application>> {
    hot.applications.of(org).find(|app| app.builtin)
}

/// Every application whose scopes are rights over this server: the management API, and those of stores.
fn ours(hot: &Hot, org: OrgId) -> impl Iterator<Item = &Arc<Application>> {
    hot.applications.of(org).filter(|app| app.is_ours())
}

pub(crate) fn administrators(hot: &Hot, org: OrgId) -> Option<&Arc<Group>> {
    hot.groups.of(org).find(|group| is_administrators(group))
}

/// The group is found by its name, which is why it cannot be renamed.
pub(crate) fn is_administrators(group: &Group) -> bool {
    group.name == ADMINISTRATORS
}

/// What a caller holds, as far as handing out goes.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    Everything,
    Scopes(ScopeSet),
}

impl Holder {
    pub fn of(cx: &Cx) -> Self {
        match &cx.caller {
            Caller::System => Self::Everything,
            Caller::Anonymous => Self::Scopes(ScopeSet::empty()),
            Caller::Person { scopes, .. } | Caller::Token { scopes, .. } => Self::Scopes(scopes.clone()),
        }
    }

    /// Refuses to give what the holder does not have: or `groups.manage` alone would make an administrator.
    pub fn may_give(&self, scopes: &ScopeSet) -> Outcome<()> {
        let Self::Scopes(own) = self else { return Ok(()) };
        // What every resource server gets by being one raises nobody.
        let beyond = scopes.without(own).without(&chancery_model::scopes(RESOURCE_SERVER_SCOPES));
        if beyond.is_empty() {
            return Ok(());
        }
        Err(Fault::forbidden(
            "beyond_own_rights",
            format!("this would give {beyond}, which you do not hold: ask somebody who does"),
        ))
    }

    /// The same, for everything an assignment to this application would give.
    pub fn may_assign(&self, app: &Application, scopes: Option<&ScopeSet>) -> Outcome<()> {
        if !app.is_ours() {
            return Ok(());
        }
        self.may_give(&scopes.cloned().unwrap_or_else(|| app.all_scopes()))
    }

    /// The same, for becoming a member of the group.
    pub fn may_admit(&self, hot: &Hot, org: OrgId, group: GroupId) -> Outcome<()> {
        self.may_take(hot, org, Principal::Group(group))
    }

    /// The same, for getting hold of a person's account.
    pub fn may_impersonate(&self, hot: &Hot, org: OrgId, user: UserId) -> Outcome<()> {
        ours(hot, org).try_for_each(|app| self.may_give(&reach::now(hot, app, user).unwrap_or_default()))
    }

    /// The same, for getting hold of what a client is given: its credential, or where its codes are sent. That is what
    /// it holds itself, and what people let it, or the agent it is the face of, do here in their name.
    pub fn may_prove(&self, hot: &Hot, client: &Client) -> Outcome<()> {
        self.may_take(hot, client.org, client.agent.map_or(Principal::Client(client.id), Principal::Agent))?;
        let through = |g: &&Arc<Grant>| {
            g.origin != Origin::Refusal
                && (g.client == client.id || (g.agent.is_some() && g.agent == client.agent))
        };
        hot.grants.of(client.org).filter(through).try_for_each(|grant| {
            let app = grant.application.and_then(|id| hot.applications.find(client.org, id));
            let Some(app) = app.filter(|app| app.is_ours()) else { return Ok(()) };
            let theirs = reach::now(hot, app, grant.user).unwrap_or_default();
            self.may_give(&grant.scopes.intersection(&theirs))
        })
    }

    /// The same, for what an agent may do at the management API by itself: each scope that a change of its connection
    /// hands out more freely, for longer, or at another's word.
    pub fn may_loosen(
        &self,
        app: &Application,
        before: Option<&Connection>,
        after: Option<&Connection>,
        now: Timestamp,
    ) -> Outcome<()> {
        if !app.is_ours() {
            return Ok(());
        }
        self.may_give(&reach::loosened(app, before, after, now))
    }

    fn may_take(&self, hot: &Hot, org: OrgId, principal: Principal) -> Outcome<()> {
        ours(hot, org).try_for_each(|app| match hot.assignment(principal, app.id) {
            Some(assignment) => self.may_assign(app, assignment.scopes.as_ref()),
            None => Ok(()),
        })
    }
}

/// Refuses what would leave nobody able to administer the organization.
pub(crate) fn another_administrator(hot: &Hot, org: OrgId, without: UserId) -> Outcome<()> {
    let Some(group) = administrators(hot, org) else { return Ok(()) };
    if !hot.is_member(group.id, without) {
        return Ok(());
    }
    let active = |user: &UserId| hot.users.find(org, *user).is_some_and(|u| u.is_active());
    if hot.members_of(group.id).filter(|user| *user != without).any(|user| active(&user)) {
        return Ok(());
    }
    Err(Fault::conflict(
        "last_administrator",
        "this is the last active administrator: add another one to the group administrators first",
    ))
}

/// Part of the server itself.
pub(crate) fn builtin_fault(what: &str) -> Fault {
    Fault::conflict("builtin", format!("{what} is part of the server and stays as it is"))
}
