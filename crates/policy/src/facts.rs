//! What a decision is made from. The caller reads the facts in one snapshot and hands them over by reference.

use chancery_kernel::{OrgId, ScopeSet, Seconds, Timestamp};
use chancery_model::{Agent, Application, Assignment, Client, Connection, Grant, User};

/// May this chain of agents, for this human, have this much of this application?
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub now: Timestamp,
    /// The organization the caller belongs to: every other fact has to belong to it too.
    pub org: OrgId,
    /// The whole chain of agents, the present actor first. Each of them must itself be allowed.
    pub actors: &'a [ActorFacts<'a>],
    pub human: HumanFacts<'a>,
    pub application: &'a Application,
    /// Empty: every scope of the application that comes out allowed without asking anybody.
    pub requested: &'a ScopeSet,
    /// What the token is derived from, if it is.
    pub source: Option<Source<'a>>,
    /// What the human has consented to for the present client at this application.
    pub consented: Option<&'a ScopeSet>,
    /// The person's grants, where nobody is there those of the agent's sponsor: those of origin `approval` may raise tier
    /// `approval`, those of origin `assignment` assign for a while, those of origin `refusal` keep their agent out.
    pub grants: &'a [&'a Grant],
    pub lifetime_wanted: Option<Seconds>,
}

/// One agent of the chain and what the directory says of it.
#[derive(Clone, Copy, Debug)]
pub struct ActorFacts<'a> {
    pub agent: &'a Agent,
    /// The client through which this agent spoke.
    pub client: &'a Client,
    pub assignment: Option<&'a Assignment>,
    pub connection: Option<&'a Connection>,
}

/// The human behind the request.
#[derive(Clone, Debug)]
pub enum HumanFacts<'a> {
    Absent,
    Present {
        user: &'a User,
        /// Union over the direct and the group assignments (see [`human_scopes`]); `None`: not assigned.
        scopes: Option<ScopeSet>,
        proven_by: Proof,
    },
}

/// How it is known that the human is behind the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A token of that human, issued to the caller's own client or addressed to it.
    SubjectToken,
    /// A code or refresh token that names both.
    Grant,
    /// The human is signed in here, now.
    Session,
    /// An identity assertion of a trusted issuer.
    Assertion,
    /// Nothing but the agent's own word: never enough.
    Claimed,
}

/// The token that a new one is derived from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The scopes it had when it was for this application, now or on its way: the new ones are a literal subset. `None`
    /// for an application it has not been for, whose scope names mean other things.
    pub scopes: Option<&'a ScopeSet>,
    /// How long it still lives.
    pub remaining: Seconds,
    /// How many agents it already names.
    pub depth: usize,
}

/// A person at a client that is no agent's face.
#[derive(Clone, Debug)]
pub struct PersonQuestion<'a> {
    pub now: Timestamp,
    pub org: OrgId,
    pub client: &'a Client,
    pub human: HumanFacts<'a>,
    pub application: &'a Application,
    pub requested: &'a ScopeSet,
    pub source: Option<Source<'a>>,
    pub consented: Option<&'a ScopeSet>,
    /// The person's grants: those of origin `assignment` assign for a while.
    pub grants: &'a [&'a Grant],
    pub lifetime_wanted: Option<Seconds>,
}

/// A tool that acts for nobody.
#[derive(Clone, Debug)]
pub struct ClientQuestion<'a> {
    pub now: Timestamp,
    pub org: OrgId,
    pub client: &'a Client,
    pub assignment: Option<&'a Assignment>,
    pub application: &'a Application,
    pub requested: &'a ScopeSet,
    pub lifetime_wanted: Option<Seconds>,
}

/// The scopes a person has at an application: the union over the person's direct and group assignments. `None`
/// when there is none, which is not the same as an assignment without scopes.
pub fn human_scopes<'a>(
    application: &Application,
    assignments: impl IntoIterator<Item = &'a Assignment>,
) -> Option<ScopeSet> {
    let own = |a: &&Assignment| a.org == application.org && a.application == application.id;
    let mut union: Option<ScopeSet> = None;
    for assignment in assignments.into_iter().filter(own) {
        let Some(scopes) = &assignment.scopes else {
            return Some(application.all_scopes());
        };
        union = Some(union.map_or_else(|| scopes.clone(), |u| u.union(scopes)));
    }
    union
}
