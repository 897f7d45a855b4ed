//! What every organization is born with, as visible lists: the management API and its scopes, the two groups that
//! use it, and the command line.

use chancery_kernel::{AppId, Fault, OrgId, Outcome, Scope, ScopeSet, Seconds, Timestamp};
use chancery_model::{
    Action, Application, AuthMethod, Client, ConsentRule, DualSubject, GrantType, Meta, Profile, ScopeRule,
    SigningAlg, Tier,
};

pub const MANAGEMENT: &str = "Chancery API";
/// May do everything.
pub const ADMINISTRATORS: &str = "administrators";
/// May read everything.
pub const AUDITORS: &str = "auditors";
pub const COMMAND_LINE: &str = "Chancery command line";
/// RFC 8252 §7.3: a native program listens on a port it finds free.
pub const COMMAND_LINE_REDIRECT: &str = "http://127.0.0.1/callback";
/// What the client of a resource server needs here: to follow the feed, and to report what came of its tokens.
pub const RESOURCE_SERVER_SCOPES: &str = "marks.read outcomes.manage";

struct Line {
    name: &'static str,
    action: Action,
    title: &'static str,
    data: &'static str,
    impact: &'static str,
}

macro_rules! lines {
    ($($name:literal $action:ident: $title:literal, $data:literal, $impact:literal;)*) => {
        const SCOPES: &[Line] =
            &[$(Line { name: $name, action: Action::$action, title: $title, data: $data, impact: $impact }),*];
    };
}

lines! {
    "organizations.read" Read: "read the organization's name", "names of the organization", "Shows who runs this server.";
    "organizations.manage" Change: "rename the organization", "names of the organization", "People no longer recognize where they sign in.";
    "users.read" Read: "read the people of the organization", "logins, e-mail addresses, names, managers", "Personal data leaves the directory.";
    "users.manage" Change: "add, change, disable and remove people, and set passwords", "accounts of people", "Accounts can be taken over, or people locked out.";
    "groups.read" Read: "read groups and who is in them", "groups and memberships", "Shows who works on what.";
    "groups.manage" Change: "change groups and who is in them", "groups and memberships", "People gain or lose applications.";
    "applications.read" Read: "read the applications and their scopes", "applications", "Shows which systems there are.";
    "applications.manage" Change: "add, change, disable and remove applications", "applications", "Access to whole systems stops, or is handed out by other rules.";
    "agents.read" Read: "read the agents and their history", "agents, owners, sponsors, versions", "Shows which agents there are and what for.";
    "agents.manage" Change: "register, change, suspend, contain and release agents", "agents", "Agents stop working, or work that should not.";
    "clients.read" Read: "read the clients", "clients and their public keys", "Shows how programs prove themselves.";
    "clients.manage" Change: "add and change clients and their credentials", "clients, secrets, keys", "Somebody can speak as another program.";
    "assignments.read" Read: "read who is assigned to which application", "assignments", "Shows who may use what.";
    "assignments.manage" Change: "assign people, groups, agents and tools to applications", "assignments", "People and agents gain or lose access to systems.";
    "connections.read" Read: "read what agents may reach", "connections and their tiers", "Shows where agents act without asking.";
    "connections.manage" Change: "change what agents may reach, and when they have to ask", "connections and their tiers", "Agents act without asking where they should ask.";
    "grants.read" Read: "read consents and approvals", "consents and approvals of people", "Shows what people allowed.";
    "grants.manage" Change: "end consents and approvals", "consents and approvals of people", "Work that rests on them stops.";
    "runs.read" Read: "read the tasks of agents", "tasks, their agents and people", "Shows what people have agents do.";
    "runs.manage" Change: "stop tasks of agents", "tasks of agents", "Work stops half done.";
    "events.read" Read: "read and export the audit log", "every decision, use and change", "Shows everything that happened here.";
    "events.manage" Change: "change how the audit log is kept", "settings of the audit log", "Evidence is kept for too short a time.";
    "marks.read" Read: "follow the feed of revocations", "ids of what was revoked", "None: ids only.";
    "outcomes.manage" Change: "report what came of a token's use", "the audit log", "False reports stand in the log, under the reporter's name.";
}

/// Scopes of the management API.
pub fn scope_rules() -> Outcome<Vec<ScopeRule>> {
    SCOPES.iter().map(rule).collect()
}

fn rule(line: &Line) -> Outcome<ScopeRule> {
    Ok(ScopeRule {
        name: Scope::new(line.name).map_err(|e| Fault::internal(format!("built-in scope: {e}")))?,
        title: line.title.to_owned(),
        data: line.data.to_owned(),
        action: line.action,
        impact: line.impact.to_owned(),
        // Agents manage this server only where a connection says so in as many words.
        tier: if line.action == Action::Read { Tier::Approval } else { Tier::Never },
    })
}

/// Every scope with which one only looks.
pub fn read_scopes(app: &Application) -> ScopeSet {
    let reads = |rule: &&ScopeRule| rule.name.as_str().ends_with(".read");
    app.scopes.iter().filter(reads).map(|rule| rule.name.clone()).collect()
}

pub(crate) fn management(id: AppId, org: OrgId, resource: String, now: Timestamp) -> Outcome<Application> {
    Ok(Application {
        id,
        org,
        name: MANAGEMENT.to_owned(),
        description: "The management API of this server.".to_owned(),
        resource,
        scopes: scope_rules()?,
        profile: Profile::Rfc8693,
        // Tools and resource servers use it without a person.
        dual_subject: DualSubject::AgentOnly,
        consent: ConsentRule::Organization,
        alg: SigningAlg::default(),
        token_lifetime: Seconds(300),
        owner: None,
        enabled: true,
        builtin: true,
        meta: Meta::new(now),
    })
}

pub(crate) fn command_line(id: chancery_kernel::ClientId, org: OrgId, now: Timestamp) -> Client {
    Client {
        id,
        org,
        name: COMMAND_LINE.to_owned(),
        agent: None,
        application: None,
        auth: AuthMethod::None,
        secrets: Vec::new(),
        jwks: Vec::new(),
        strict_audience: false,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![COMMAND_LINE_REDIRECT.to_owned()],
        post_logout_redirect_uris: Vec::new(),
        enabled: true,
        builtin: true,
        meta: Meta::new(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_of_management_needs_a_scope_of_the_list() {
        let names: Vec<&str> = SCOPES.iter().map(|line| line.name).collect();
        for act in chancery_context::ACTS {
            assert!(names.contains(&act.scope()), "{} has no line", act.scope());
        }
    }

    #[test]
    fn the_list_is_well_formed_and_fits_into_one_set() {
        let rules = scope_rules().unwrap();
        assert!(rules.len() <= chancery_kernel::scope::MAX_COUNT);
        assert!(SCOPES.iter().all(|l| (l.action == Action::Read) == l.name.ends_with(".read")));
    }
}
