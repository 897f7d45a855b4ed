//! Gathers the facts of a decision from the hot facts, in one snapshot, and lets policy decide.

use std::sync::Arc;

use chancery_kernel::{AgentId, AppId, ClientId, GrantId, OrgId, ScopeSet, Seconds, Timestamp, UserId};
use chancery_model::{Agent, Application, Approval, Client, Grant, Origin, Principal, Profile, User};
use chancery_oauth::resource;
use chancery_policy::{
    ActorFacts, ClientQuestion, HumanFacts, PersonQuestion, Proof, Question, Source, Verdict, decide,
    decide_client, decide_person,
};
use chancery_store::hot::{Assigned, Hot};

use crate::{OwnToken, approved};

/// What is asked. Ids only: the facts are read inside the write that decides.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub org: OrgId,
    pub client: ClientId,
    /// Agents before the present one, nearest first.
    pub chain: Vec<AgentId>,
    pub user: Option<(UserId, Proof)>,
    pub requested: ScopeSet,
    /// The token that the new one is made of.
    pub source: Option<Arc<OwnToken>>,
    pub lifetime: Option<Seconds>,
    /// The yes of a person to this one request, and to nothing else.
    pub approved: Option<Arc<Approval>>,
}

/// The records a decision was made from, and the verdict.
pub(crate) struct Decided {
    pub verdict: Verdict,
    pub application: Arc<Application>,
    pub parties: Parties,
}

/// Who stands behind a request, as records.
#[derive(Clone)]
pub(crate) struct Parties {
    pub client: Arc<Client>,
    /// Present actor first.
    pub agents: Vec<Arc<Agent>>,
    pub user: Option<Arc<User>>,
}

impl Parties {
    /// Reads the parties; `None` where one of them is gone, or belongs elsewhere.
    pub fn read(hot: &Hot, ask: &Ask) -> Option<Self> {
        let client = hot.clients.find(ask.org, ask.client)?.clone();
        let present = client.agent.into_iter();
        let ids = present.chain(ask.chain.iter().copied());
        let agents = ids.map(|id| hot.agents.find(ask.org, id).cloned()).collect::<Option<Vec<_>>>()?;
        let user = match ask.user {
            Some((id, _)) => Some(hot.users.find(ask.org, id)?.clone()),
            None => None,
        };
        Some(Self { client, agents, user })
    }
}

/// Decides over an application.
pub(crate) fn over(
    hot: &Hot,
    now: Timestamp,
    ask: &Ask,
    parties: Parties,
    application: &Arc<Application>,
) -> Decided {
    let verdict = if parties.client.agent.is_some() {
        as_agents(hot, now, ask, &parties, application)
    } else if parties.user.is_some() {
        as_person(hot, now, ask, &parties, application)
    } else {
        as_tool(hot, now, ask, &parties, application)
    };
    Decided { verdict, application: application.clone(), parties }
}

/// Whether this application knows people by their e-mail address, and this one is two people's: a record from before
/// addresses had to be unique.
pub(crate) fn ambiguous(hot: &Hot, parties: &Parties, application: &Application) -> bool {
    let user = parties.user.as_deref().filter(|_| application.profile == Profile::ActAs);
    user.is_some_and(|user| hot.by_email(user.org, &user.email).any(|other| other != user.id))
}

fn as_agents(hot: &Hot, now: Timestamp, ask: &Ask, parties: &Parties, application: &Application) -> Verdict {
    let faces: Vec<Arc<Client>> = parties
        .agents
        .iter()
        .enumerate()
        .map(|(i, agent)| {
            if i == 0 {
                parties.client.clone()
            } else {
                face(hot, agent.id).unwrap_or_else(|| parties.client.clone())
            }
        })
        .collect();
    let actors: Vec<ActorFacts<'_>> = parties
        .agents
        .iter()
        .zip(&faces)
        .map(|(agent, client)| ActorFacts {
            agent,
            client,
            assignment: hot.assignment(Principal::Agent(agent.id), application.id).map(|a| &**a),
            connection: hot.connection(agent.id, application.id).map(|c| &**c),
        })
        .collect();
    let held = parties.user.as_ref().map_or(&[][..], |user| hot.grants_of(user.id));
    let given = ask.approved.as_deref().map(approved::grant);
    let lent = held.iter().chain(lent_alone(hot, parties, application)).map(|g| &**g);
    let grants: Vec<&Grant> = lent.chain(&given).collect();
    let held = consented(held, now, &parties.client, application);
    let consented = approved::with_consent(held, ask.approved.as_deref());
    decide(&Question {
        now,
        org: ask.org,
        actors: &actors,
        human: human(hot, ask, parties, application),
        application,
        requested: &ask.requested,
        source: source(ask, now, application),
        consented: consented.as_ref(),
        grants: &grants,
        lifetime_wanted: ask.lifetime,
    })
}

/// An agent that acts for nobody may be assigned for a while at the word of its sponsor. Looked for only where it is not
/// assigned for good.
fn lent_alone<'a>(hot: &'a Hot, parties: &Parties, application: &Application) -> &'a [Arc<Grant>] {
    let alone = parties.agents.first().filter(|_| parties.user.is_none());
    let assigned = |agent: &&Arc<Agent>| hot.assignment(Principal::Agent(agent.id), application.id).is_some();
    let sponsor = alone.filter(|agent| !assigned(agent)).and_then(|agent| agent.sponsor);
    sponsor.map_or(&[], |sponsor| hot.grants_of(sponsor))
}

fn as_person(hot: &Hot, now: Timestamp, ask: &Ask, parties: &Parties, application: &Application) -> Verdict {
    let held = parties.user.as_ref().map_or(&[][..], |user| hot.grants_of(user.id));
    let given = ask.approved.as_deref().map(approved::grant);
    let grants: Vec<&Grant> = held.iter().map(|g| &**g).chain(&given).collect();
    let consented = consented(held, now, &parties.client, application);
    decide_person(&PersonQuestion {
        now,
        org: ask.org,
        client: &parties.client,
        human: human(hot, ask, parties, application),
        application,
        requested: &ask.requested,
        source: source(ask, now, application),
        consented: consented.as_ref(),
        grants: &grants,
        lifetime_wanted: ask.lifetime,
    })
}

fn as_tool(hot: &Hot, now: Timestamp, ask: &Ask, parties: &Parties, application: &Application) -> Verdict {
    decide_client(&ClientQuestion {
        now,
        org: ask.org,
        client: &parties.client,
        assignment: hot.assignment(Principal::Client(ask.client), application.id).map(|a| &**a),
        application,
        requested: &ask.requested,
        lifetime_wanted: ask.lifetime,
    })
}

/// An earlier agent of the chain spoke through one of its clients; any that is enabled stands for it.
fn face(hot: &Hot, agent: AgentId) -> Option<Arc<Client>> {
    hot.clients_of(agent).find(|c| c.enabled).cloned()
}

fn human<'a>(hot: &Hot, ask: &Ask, parties: &'a Parties, application: &Application) -> HumanFacts<'a> {
    match (&parties.user, ask.user) {
        (Some(user), Some((_, proven_by))) => {
            let scopes = match hot.assigned_user(user.id, application.id) {
                Assigned::No => None,
                Assigned::Fully => Some(application.all_scopes()),
                Assigned::To(scopes) => Some(scopes),
            };
            HumanFacts::Present { user, scopes, proven_by }
        }
        _ => HumanFacts::Absent,
    }
}

fn source<'a>(ask: &'a Ask, now: Timestamp, application: &Application) -> Option<Source<'a>> {
    ask.source.as_ref().map(|s| Source {
        // By the application's id, whatever name the request gives it.
        scopes: s.ceiling(application.id),
        remaining: s.expires.since(now),
        depth: s.agents.len(),
    })
}

/// What the person consented to for this client, or for the agent behind it, at this application.
fn consented(
    held: &[Arc<Grant>],
    now: Timestamp,
    client: &Client,
    application: &Application,
) -> Option<ScopeSet> {
    let all = consents(held, now, client, Some(application.id));
    all.map(|g| g.scopes.clone()).reduce(|a, b| a.union(&b))
}

/// What the person consented to for this very client: only that spares them the page. Any client of an agent can be
/// made to lead anywhere by whoever manages clients, so what was said to another one proves nothing here.
pub(crate) fn consented_here(
    held: &[Arc<Grant>],
    now: Timestamp,
    client: &Client,
    application: Option<AppId>,
) -> ScopeSet {
    let own = consents_here(held, now, client, application);
    own.fold(ScopeSet::empty(), |all, grant| all.union(&grant.scopes))
}

/// The consents to this very client: what a code and its refresh tokens rest on.
pub(crate) fn consents_here<'a>(
    held: &'a [Arc<Grant>],
    now: Timestamp,
    client: &'a Client,
    application: Option<AppId>,
) -> impl Iterator<Item = &'a Arc<Grant>> {
    consents(held, now, client, application).filter(|grant| grant.client == client.id)
}

/// The consents themselves: what is issued under them dies when they are withdrawn.
fn consents<'a>(
    held: &'a [Arc<Grant>],
    now: Timestamp,
    client: &'a Client,
    application: Option<AppId>,
) -> impl Iterator<Item = &'a Arc<Grant>> {
    held.iter()
        .filter(move |g| g.origin == Origin::Consent && g.application == application && g.in_force(now))
        .filter(|g| g.client == client.id || (g.agent.is_some() && g.agent == client.agent))
}

/// The person's consents that a token rests on, for what it has at an application and of their own profile.
pub(crate) fn rests_on(
    hot: &Hot,
    now: Timestamp,
    parties: &Parties,
    there: Option<(AppId, &ScopeSet)>,
    profile: Option<&ScopeSet>,
) -> Vec<GrantId> {
    let Some(user) = &parties.user else { return Vec::new() };
    let (held, client) = (hot.grants_of(user.id), &*parties.client);
    let mut all = Vec::new();
    if let Some((app, scopes)) = there {
        all.extend(needed(|| consents(held, now, client, Some(app)), client, scopes));
    }
    if let Some(scopes) = profile {
        all.extend(needed(|| consents(held, now, client, None), client, scopes));
    }
    all
}

/// Those to this very client; those to other clients of its agent only for what it would not have without them. Who takes back
/// what they allowed one client ends nothing of another one to which they said yes as well.
fn needed<'a, I: Iterator<Item = &'a Arc<Grant>>>(
    given: impl Fn() -> I,
    client: &Client,
    scopes: &ScopeSet,
) -> impl Iterator<Item = GrantId> {
    let own = |grant: &&Arc<Grant>| grant.client == client.id;
    let both = given().any(|grant| own(&grant)) && !given().all(|grant| own(&grant));
    let had = || given().filter(own).fold(ScopeSet::empty(), |all, grant| all.union(&grant.scopes));
    let lacks = both.then(|| scopes.without(&had()));
    let client = client.id;
    let counts = move |grant: &&Arc<Grant>| {
        let adds = |lacks: &ScopeSet| !grant.scopes.intersection(lacks).is_empty();
        grant.client == client || lacks.as_ref().is_none_or(adds)
    };
    given().filter(counts).map(|grant| grant.id)
}

/// The application that a request names: byte for byte, but for the case of scheme and host, and the one slash at the end
/// that some clients add.
pub(crate) fn application_named<'a>(
    hot: &'a Hot,
    org: OrgId,
    resource: &str,
) -> Option<&'a Arc<Application>> {
    let find = |text: &str| hot.application_by_resource(org, text);
    find(resource).or_else(|| {
        let normal = resource::normal(resource);
        let trimmed = normal.strip_suffix('/').unwrap_or(&normal);
        find(&normal).or_else(|| find(trimmed)).or_else(|| find(&format!("{normal}/")))
    })
}
