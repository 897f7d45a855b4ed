//! Why not: as data, as what the caller may know, and as the whole truth for the event.
//!
//! The caller's copy names the mend. It never says whether something exists in another organization: foreign and
//! switched off read the same, and an unproven person is not spoken of at all.

use chancery_kernel::{AgentId, AppId, ClientId, ConnectionId, OrgId, Scope, Timestamp, UserId};
use chancery_model::{Agent, Application, Client, Stage, User};
use serde::Serialize;

use crate::limit::DEEPEST_CHAIN;

/// An id and the name people know it by. `{}` writes the name, `{:#}` the id too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named<I> {
    pub id: I,
    pub name: String,
}

impl<I: std::fmt::Display> std::fmt::Display for Named<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if f.alternate() { write!(f, " ({})", self.id) } else { Ok(()) }
    }
}

macro_rules! named {
    ($($noun:ty, $id:ty, $name:ident;)*) => {$(
        impl From<&$noun> for Named<$id> {
            fn from(noun: &$noun) -> Self { Self { id: noun.id, name: noun.$name.clone() } }
        }
    )*};
}
named! {
    Agent, AgentId, name;
    Application, AppId, name;
    Client, ClientId, name;
    User, UserId, login;
}

macro_rules! reasons {
    ($($name:ident { $($field:ident: $type:ty),* } = $code:literal $(seen as $seen:literal)?
        caller $caller:literal event $event:literal;)*) => {
        /// One fact that stands in the way. In JSON it carries its code.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "code", rename_all = "snake_case")]
        pub enum Reason { $($name { $($field: $type),* },)* }

        impl Reason {
            /// Every code, for the documentation and for a test that none repeats.
            pub const CODES: &[&str] = &[$($code),*];

            /// Stable name for events and statistics.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)* }
            }

            /// The code a caller may see: what would tell of other organizations is folded into its neighbor.
            pub fn caller_code(&self) -> &'static str {
                match self { $(Self::$name { .. } => [$($seen,)? $code].first().copied().unwrap_or($code),)* }
            }

            /// What the caller may know, and the mend.
            pub fn caller_text(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let _ = $field;)* format!($caller) })* }
            }

            /// The whole truth, for the event: never for the caller.
            pub fn full_text(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let _ = $field;)* format!($event) })* }
            }
        }
    };
}

reasons! {
    ApplicationForeign { application: AppId } = "application_foreign" seen as "application_unavailable"
        caller "this application is not available: ask an administrator"
        event "application {application} belongs to another organization";
    ApplicationDisabled { application: Named<AppId> } = "application_disabled" seen as "application_unavailable"
        caller "this application is not available: ask an administrator"
        event "application {application:#} is disabled";

    AgentMissing {} = "agent_missing"
        caller "no agent acts here: use the client of an agent"
        event "the question names no agent";
    AgentForeign { agent: AgentId, org: OrgId } = "agent_foreign" seen as "agent_unavailable"
        caller "an agent of this request is not available: ask an administrator"
        event "agent {agent} belongs to {org}";
    AgentNotActive { agent: Named<AgentId>, stage: Stage } = "agent_not_active"
        caller "agent {agent} is not active: ask its owner to activate it"
        event "agent {agent:#} is {stage:?}";
    AgentContained { agent: Named<AgentId>, since: Timestamp } = "agent_contained"
        caller "agent {agent} has been stopped: ask its owner or an administrator to release it"
        event "agent {agent:#} is contained since {since}";
    AgentExpired { agent: Named<AgentId>, at: Timestamp } = "agent_expired"
        caller "agent {agent} is past its end date: ask its owner to extend it"
        event "agent {agent:#} expired at {at}";
    AgentNotAssigned { agent: Named<AgentId>, application: Named<AppId> } = "agent_not_assigned"
        caller "ask an administrator to assign agent {agent} to {application}"
        event "agent {agent:#} is not assigned to {application:#}";
    AgentScopeNotAssigned { agent: Named<AgentId>, application: Named<AppId>, scope: Scope } = "agent_scope_not_assigned"
        caller "ask an administrator to add scope {scope} to the assignment of agent {agent} to {application}"
        event "the assignment of agent {agent:#} to {application:#} has no scope {scope}";
    ConnectionNotInForce { agent: Named<AgentId>, application: Named<AppId>, connection: ConnectionId } = "connection_not_in_force"
        caller "the connection of agent {agent} to {application} has ended: ask an administrator to renew it"
        event "connection {connection} of agent {agent:#} to {application:#} has ended or belongs elsewhere";
    ScopeNever { agent: Named<AgentId>, application: Named<AppId>, scope: Scope } = "scope_never"
        caller "agent {agent} never gets scope {scope} of {application}: do without it, or ask an administrator to change the connection"
        event "scope {scope} of {application:#} is in tier never for agent {agent:#}";
    ApprovalRequired { agent: Named<AgentId>, application: Named<AppId>, scope: Scope } = "approval_required"
        caller "scope {scope} of {application} needs an approval: ask for one and repeat the request"
        event "scope {scope} of {application:#} is in tier approval for agent {agent:#}, and no grant covers it";
    ApprovalNeedsPerson { agent: Named<AgentId>, application: Named<AppId>, scope: Scope } = "approval_needs_person"
        caller "scope {scope} of {application} needs an approval, which is given for one person: act for a person"
        event "scope {scope} of {application:#} is in tier approval for agent {agent:#}, and there is no person to grant it for";

    ChainTooLong { depth: usize } = "chain_too_long"
        caller "at most {DEEPEST_CHAIN} agents may act in a chain: shorten it"
        event "{depth} agents in the chain";
    ChainShortened { source: usize, now: usize } = "chain_shortened"
        caller "an agent of the subject token is missing from the chain: keep the chain whole"
        event "the subject token names {source} agents, the chain only {now}";
    ChainRepeats { agent: Named<AgentId> } = "chain_repeats"
        caller "agent {agent} stands twice in the chain: use the token it already had"
        event "agent {agent:#} stands twice in the chain";

    ClientForeign { client: ClientId, org: OrgId } = "client_foreign" seen as "client_unavailable"
        caller "this client is not available: ask an administrator to enable it"
        event "client {client} belongs to {org}";
    ClientDisabled { client: Named<ClientId> } = "client_disabled" seen as "client_unavailable"
        caller "this client is not available: ask an administrator to enable it"
        event "client {client:#} is disabled";
    ClientNotOfAgent { client: Named<ClientId>, agent: Named<AgentId> } = "client_not_of_agent"
        caller "client {client} does not belong to this agent: use the agent's own client"
        event "client {client:#} is not a client of agent {agent:#}";
    ClientOfAgent { client: Named<ClientId>, agent: AgentId } = "client_of_agent"
        caller "client {client} is an agent's: it acts as its agent only"
        event "client {client:#} is a client of agent {agent}";
    ClientNotAssigned { client: Named<ClientId>, application: Named<AppId> } = "client_not_assigned"
        caller "ask an administrator to assign client {client} to {application}"
        event "client {client:#} is not assigned to {application:#}";
    ClientScopeNotAssigned { client: Named<ClientId>, application: Named<AppId>, scope: Scope } = "client_scope_not_assigned"
        caller "ask an administrator to add scope {scope} to the assignment of client {client} to {application}"
        event "the assignment of client {client:#} to {application:#} has no scope {scope}";

    HumanMissing { application: Named<AppId> } = "human_missing"
        caller "{application} wants to know for whom you act: exchange a token of that person (RFC 8693)"
        event "{application:#} requires a person, and none is there";
    HumanUnproven {} = "human_unproven"
        caller "the person is only claimed: present a token of that person issued to your client"
        event "the person is asserted by the agent and not proven";
    HumanForeign { user: UserId, org: OrgId } = "human_foreign" seen as "human_unavailable"
        caller "nobody can act for this person now: ask an administrator"
        event "user {user} belongs to {org}";
    HumanDisabled { user: Named<UserId> } = "human_disabled" seen as "human_unavailable"
        caller "nobody can act for this person now: ask an administrator"
        event "user {user:#} is disabled";
    HumanNotAssigned { user: Named<UserId>, application: Named<AppId> } = "human_not_assigned"
        caller "ask an administrator to assign this person, directly or through a group, to {application}"
        event "user {user:#} is not assigned to {application:#}, neither directly nor through a group";
    HumanScopeNotAssigned { user: Named<UserId>, application: Named<AppId>, scope: Scope } = "human_scope_not_assigned"
        caller "ask an administrator to give this person scope {scope} of {application}"
        event "no assignment of user {user:#} to {application:#} has scope {scope}";
    ConsentRequired { user: Named<UserId>, application: Named<AppId>, scope: Scope } = "consent_required"
        caller "the person has not consented to scope {scope} of {application}: send them through the authorization endpoint"
        event "user {user:#} has not consented to scope {scope} of {application:#}";

    ScopeUnknown { application: Named<AppId>, scope: Scope } = "scope_unknown"
        caller "{application} has no scope {scope}: see its list of scopes"
        event "{application:#} has no scope {scope}";
    BeyondSource { scope: Scope } = "beyond_source"
        caller "scope {scope} is not in the subject token: ask for no more than that has"
        event "scope {scope} is not in the subject token";
    SourceExpired {} = "source_expired"
        caller "the subject token has expired: get a fresh one"
        event "the subject token has expired";
    NothingAllowed { application: Named<AppId> } = "nothing_allowed"
        caller "no scope of {application} can be had without asking: name the scopes you need"
        event "no scope was named, and none of {application:#} comes out allowed without asking";
    NoTimeLeft {} = "no_time_left"
        caller "nothing is left of the time that was given: renew the end date or ask for a longer life"
        event "the least of all limits leaves no lifetime";
}
