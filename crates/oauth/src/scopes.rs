//! Scopes of this server itself: identity (OpenID Connect Core §5.4, §11) and management, each with the words a
//! person decides by on the consent page. One list; whatever is added here is offered.

use chancery_kernel::Scope;
use chancery_model::{Action, ScopeRule, Tier};

pub const OPENID: &str = "openid";
pub const PROFILE: &str = "profile";
pub const EMAIL: &str = "email";
pub const OFFLINE_ACCESS: &str = "offline_access";

/// One scope in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeText {
    pub name: &'static str,
    /// What the holder may do, in the infinitive.
    pub title: &'static str,
    pub data: &'static str,
    pub action: Action,
    /// What it means when it is used wrongly.
    pub impact: &'static str,
}

const fn read(
    name: &'static str,
    title: &'static str,
    data: &'static str,
    impact: &'static str,
) -> ScopeText {
    ScopeText { name, title, data, action: Action::Read, impact }
}

const fn change(
    name: &'static str,
    title: &'static str,
    data: &'static str,
    impact: &'static str,
) -> ScopeText {
    ScopeText { name, title, data, action: Action::Change, impact }
}

/// Scopes of a person's own profile: they belong to no application.
#[rustfmt::skip]
pub const IDENTITY: &[ScopeText] = &[
    read(OPENID, "know who you are", "your identifier", "it can tell that you come back"),
    read(PROFILE, "see your profile", "your name and sign-in name", "it can show and store your name"),
    read(EMAIL, "see your e-mail address", "your e-mail address", "it can write to you"),
    read(OFFLINE_ACCESS, "stay connected while you are away", "what you grant here, also later", "it can go on without you until you withdraw this"),
];

/// Scopes of the management API: `<noun>.read` and `<noun>.manage`.
#[rustfmt::skip]
pub const MANAGEMENT: &[ScopeText] = &[
    read("users.read", "read users", "names, e-mail addresses and status of people", "it learns who works here"),
    change("users.manage", "create, change and disable users", "accounts of people", "it can lock people out or let strangers in"),
    read("groups.read", "read groups and their members", "who belongs to which group", "it learns how the organization is built"),
    change("groups.manage", "change groups and their members", "memberships, and the access that hangs on them", "it can give people access or take it away"),
    read("applications.read", "read applications", "target systems and their scopes", "it learns what systems there are"),
    change("applications.manage", "register and change applications", "target systems, their scopes and tiers", "it can loosen what protects a system"),
    read("agents.read", "read agents", "agents, their owners and purposes", "it learns what agents there are"),
    change("agents.manage", "register, change, activate and stop agents", "agents, their stages and owners", "it can let an agent loose or stop one that is needed"),
    read("clients.read", "read clients", "clients and their public keys", "it learns how software signs in"),
    change("clients.manage", "register clients and their credentials", "credentials of software", "it can give itself a way in"),
    read("connections.read", "read connections", "what agents may reach", "it learns where agents reach"),
    change("connections.manage", "change connections", "scopes and tiers of agents", "it can give an agent what it should never have"),
    read("grants.read", "read grants and consents", "what people have agreed to", "it learns what people allowed"),
    change("grants.manage", "end grants and consents", "permissions in force", "it can interrupt work in progress"),
    read("approvals.read", "read approvals", "what people were asked, and what they answered", "it learns what agents want to do"),
    change("approvals.manage", "answer and cancel approvals", "questions to people", "it can say yes where you would say no"),
    read("secrets.read", "read which secrets there are", "folders, names, versions and leases of secrets; never a value", "it learns what is worth stealing"),
    change("secrets.manage", "put secrets into the vault and say who may reach them", "secrets and the policies for them", "it can lock people out, or give an agent what it should never have"),
    read("secrets.reveal", "take secrets out of the vault", "values of secrets, where their policy allows it", "it holds what opens other systems"),
    read("requests.read", "read access requests", "who asked for access to what, and why", "it learns what agents and people want to do"),
    change("requests.manage", "ask for access, and give it back", "permissions for a while", "it can ask you for more than it should have"),
    change("emergencies.manage", "take access in an emergency", "permissions that nobody was asked for", "it can do for a quarter of an hour what it was never allowed"),
    change("reviews.manage", "review emergencies", "what was taken in emergencies", "it can call justified what was not"),
    read("endpoints.read", "read who is told", "endpoints of the organization, and what was delivered to them; never their secrets", "it learns who hears of approvals"),
    change("endpoints.manage", "have others told", "endpoints that hear of approvals", "it can let strangers hear who asks for what"),
    read("events.read", "read and export the audit log", "every decision and change, with names", "it sees what everybody does, and can carry the evidence away"),
    change("events.manage", "set the retention of the audit log", "the evidence", "it can shorten how long the evidence stays"),
    read("organizations.read", "read organizations", "names and settings of organizations", "it learns which organizations there are"),
    change("organizations.manage", "create and change organizations", "organizations and their settings", "it can change the rules for everybody in one"),
    read("assignments.read", "read assignments", "who may use which application", "it learns who may reach what"),
    change("assignments.manage", "assign people, groups, agents and clients to applications", "access to applications", "it can open an application to anybody"),
    read("runs.read", "read runs", "tasks of agents and for whom they run", "it sees what agents are working on"),
    change("runs.manage", "begin and stop runs", "tasks of agents", "it can interrupt a task"),
    read("tokens.read", "read which tokens are live", "who holds a token, for what and for whom; never the token", "it learns who is at work where"),
    change("tokens.manage", "revoke single tokens", "tokens in use", "it can interrupt work in progress"),
    read("marks.read", "follow revocations", "ids whose tokens were revoked", "it learns when access ends"),
    read("relations.read", "ask who may do what, and read relationships", "stores of relationships and what follows from them", "it learns who can reach what"),
    change("relations.write", "write relationships", "who may do what in applications that ask here", "it can give anybody access in those applications"),
    change("relations.manage", "make and delete stores of relationships, and their models and keys", "stores, models and keys", "it can change the rules of those applications, or delete them"),
    change("outcomes.manage", "report outcomes", "what resource servers say came of an action", "it can write wrong results into the evidence"),
];

/// What an agent may always do once it is assigned: to ask decides nothing, and it sees and returns its own alone.
const OF_AGENTS: [&str; 2] = ["requests.read", "requests.manage"];

impl ScopeText {
    /// As a scope of the built-in application. Agents manage the server that rules them only where a connection says so
    /// in as many words.
    pub fn rule(&self) -> Option<ScopeRule> {
        let tier = match self.action {
            _ if OF_AGENTS.contains(&self.name) => Tier::Auto,
            Action::Read => Tier::Approval,
            Action::Change => Tier::Never,
        };
        Some(ScopeRule {
            name: Scope::new(self.name).ok()?,
            title: self.title.to_owned(),
            data: self.data.to_owned(),
            action: self.action,
            impact: self.impact.to_owned(),
            tier,
            weight: None,
            approver: None,
        })
    }
}

/// The scopes of the built-in management application.
pub fn management_rules() -> Vec<ScopeRule> {
    MANAGEMENT.iter().filter_map(ScopeText::rule).collect()
}

/// Whether a scope is about the person's own profile here, and not about an application.
pub fn is_identity(scope: &str) -> bool {
    find(IDENTITY, scope).is_some()
}

pub fn identity(scope: &str) -> Option<&'static ScopeText> {
    find(IDENTITY, scope)
}

pub fn management(scope: &str) -> Option<&'static ScopeText> {
    find(MANAGEMENT, scope)
}

/// Every name, for metadata.
pub fn all_names() -> impl Iterator<Item = &'static str> {
    IDENTITY.iter().chain(MANAGEMENT).map(|text| text.name)
}

fn find(list: &'static [ScopeText], scope: &str) -> Option<&'static ScopeText> {
    list.iter().find(|text| text.name == scope)
}
