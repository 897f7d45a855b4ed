//! The tokens of an agent that work at this moment, as the log has them: nothing else keeps a list of tokens.

use chancery_audit::{CATALOGUE, Entry, Event, Evidence, Person, Subject, Verdict};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, AppId, ClientId, Fault, OrgId, Outcome, RunId, ScopeSet, Timestamp, UserId};
use chancery_model::{Application, TokenKeys};
use chancery_store::{DbFault, Hot, Sql, log};

/// A token that was decided, has not expired, and is killed by no mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    pub jti: String,
    pub pos: i64,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub client: ClientId,
    /// The person it acts for, and their login.
    pub user: Option<(UserId, String)>,
    pub application: Option<AppId>,
    pub audience: String,
    pub profile: String,
    pub run: Option<RunId>,
    pub scopes: ScopeSet,
}

/// The tokens found, and whether there are more than were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveTokens {
    /// Latest first.
    pub items: Vec<LiveToken>,
    pub more: bool,
}

/// As many tokens are shown.
const MOST: usize = 500;

/// The live tokens in which the agent acts, itself or further up the chain.
pub async fn live(cx: &Cx, agent: AgentId) -> Outcome<LiveTokens> {
    let _may = cx.allowed(Act::AgentRead, agent).await?;
    if cx.db().hot().agents.find(cx.org, agent).is_none() {
        return Err(Fault::not_found("agent"));
    }
    let (org, now) = (cx.org, cx.now());
    let (entries, more) = cx.db().read(move |sql| decided(sql, org, agent, now)).await?;
    let hot = cx.db().hot();
    let items = entries.iter().filter_map(|entry| token(entry, agent, now, &hot)).collect();
    Ok(LiveTokens { items, more })
}

/// What was allowed within the longest life of a token.
fn decided(
    sql: &mut Sql<'_>,
    org: OrgId,
    agent: AgentId,
    now: Timestamp,
) -> Result<(Vec<Entry>, bool), DbFault> {
    let kinds = CATALOGUE.iter().filter(|kind| kind.name == "token_decided").map(|kind| kind.code).collect();
    let filter = log::Filter {
        subject: Some(Subject::of(agent)),
        kinds,
        verdict: Some(Verdict::Allow),
        from: Some(now.minus(Application::LONGEST_LIFETIME)),
        until: None,
    };
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let found = log::timeline(sql, org, &filter, before, MOST - entries.len())?;
        entries.extend(found.items.iter().filter_map(|stored| stored.decode().ok()));
        before = found.next;
        if before.is_none() || entries.len() >= MOST {
            return Ok((entries, before.is_some()));
        }
    }
}

fn token(entry: &Entry, agent: AgentId, now: Timestamp, hot: &Hot) -> Option<LiveToken> {
    let Some(Event::TokenDecided {
        jti: Some(jti), evidence, audience, profile, expires: Some(expires), ..
    }) = entry.event()
    else {
        return None;
    };
    let acts = evidence.agent.agent == agent || evidence.agent.chain.contains(&agent);
    let keys = keys(entry, evidence, jti.as_str());
    if !acts || *expires <= now || hot.killed_by(&keys.marks(), entry.seq()).is_some() {
        return None;
    }
    let user = match &evidence.user {
        Person::Acting { user, login, .. } => Some((*user, login.to_string())),
        Person::None { .. } => None,
    };
    Some(LiveToken {
        jti: jti.to_string(),
        pos: entry.seq(),
        issued: entry.at(),
        expires: *expires,
        client: evidence.agent.client,
        user,
        application: evidence.target.application,
        audience: audience.to_string(),
        profile: profile.to_string(),
        run: evidence.task.run,
        scopes: evidence.task.scopes.clone(),
    })
}

/// The keys by which a mark could kill it, as far as the evidence names them: grants, sessions, families and clients of
/// earlier agents stand in the token alone, so a token that died with one of these is still shown until it expires.
fn keys(entry: &Entry, evidence: &Evidence, jti: &str) -> TokenKeys {
    let Evidence { user, agent, target, task, .. } = evidence;
    TokenKeys {
        org: Some(entry.envelope.log),
        agents: std::iter::once(agent.agent).chain(agent.chain.iter().copied()).collect(),
        user: if let Person::Acting { user, .. } = user { Some(*user) } else { None },
        application: target.application,
        clients: vec![agent.client],
        grants: Vec::new(),
        run: task.run,
        session: None,
        family: None,
        jti: Some(jti.to_owned()),
    }
}
