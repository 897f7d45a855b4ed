//! The tokens that work at this moment, as the log has them: nothing else keeps a list of tokens.

mod issued;
mod revoke;

use chancery_audit::{EventKind, Subject, Verdict};
use chancery_context::{Act, Cx};
use chancery_kernel::{
    AgentId, AppId, ClientId, Cursor, Fault, Outcome, Page, PageRequest, RunId, ScopeSet, Timestamp, UserId,
};
use chancery_model::Application;
use chancery_store::log;

use issued::Issued;
pub use revoke::{Revoked, revoke};

/// A token that was decided, has not expired, and is killed by no mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    pub jti: String,
    pub pos: i64,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub client: ClientId,
    /// The agent that acts with it, and its name then.
    pub agent: Option<(AgentId, String)>,
    /// The person it acts for, and their login.
    pub user: Option<(UserId, String)>,
    pub application: Option<AppId>,
    pub audience: String,
    pub profile: String,
    pub run: Option<RunId>,
    pub scopes: ScopeSet,
}

/// Whose tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Those in which the agent acts, itself or further up the chain.
    Agent(AgentId),
    /// Those that act for the person, or are the person's own.
    User(UserId),
    /// Those that were issued to the client.
    Client(ClientId),
}

/// The tokens found, and whether there are more than were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveTokens {
    /// Latest first.
    pub items: Vec<LiveToken>,
    pub more: bool,
}

/// Decisions read at a time, and how often for one page: a page may be short and still have a next one.
const PORTION: usize = 500;
const PORTIONS: usize = 20;

/// The live tokens in which the agent acts, itself or further up the chain.
pub async fn live(cx: &Cx, agent: AgentId) -> Outcome<LiveTokens> {
    let _may = cx.allowed(Act::AgentRead, agent).await?;
    let holder = Some(Holder::Agent(agent));
    known(cx, holder)?;
    let Page { items, next } = found(cx, holder, &PageRequest::most()).await?;
    Ok(LiveTokens { items, more: next.is_some() })
}

/// One page of live tokens, latest first: of one holder, or of the whole organization.
pub async fn list(cx: &Cx, holder: Option<Holder>, page: &PageRequest) -> Outcome<Page<LiveToken>> {
    let _may = cx.allowed(Act::TokenRead, "tokens").await?;
    known(cx, holder)?;
    found(cx, holder, page).await
}

fn known(cx: &Cx, holder: Option<Holder>) -> Outcome<()> {
    let (hot, org) = (cx.db().hot(), cx.org);
    let missing = match holder {
        Some(Holder::Agent(id)) => hot.agents.find(org, id).is_none().then_some("agent"),
        Some(Holder::User(id)) => hot.users.find(org, id).is_none().then_some("user"),
        Some(Holder::Client(id)) => hot.clients.find(org, id).is_none().then_some("client"),
        None => None,
    };
    missing.map_or(Ok(()), |noun| Err(Fault::not_found(noun)))
}

async fn found(cx: &Cx, holder: Option<Holder>, page: &PageRequest) -> Outcome<Page<LiveToken>> {
    let before = page.after.as_ref().map(|cursor| cursor.0.parse::<i64>()).transpose();
    let mut before = before.map_err(|_| Fault::invalid("bad_cursor", "`after` is no cursor of this list"))?;
    let (org, now) = (cx.org, cx.now());
    let filter = filter(holder, now);
    let mut items = Vec::new();
    for _ in 0..PORTIONS {
        let asked = filter.clone();
        let portion = cx.db().read(move |sql| log::timeline(sql, org, &asked, before, PORTION)).await?;
        let issued = portion.items.iter().filter_map(|stored| Issued::read(&stored.decode().ok()?));
        for issued in issued.filter(|issued| issued.is_of(holder)) {
            items.extend(issued.live(cx, now));
            if items.len() == page.limit {
                return Ok(Page { items, next: Some(Cursor(issued.pos.to_string())) });
            }
        }
        before = portion.next;
        if before.is_none() {
            break;
        }
    }
    Ok(Page { items, next: before.map(|before| Cursor(before.to_string())) })
}

/// What was allowed within the longest life of a token.
fn filter(holder: Option<Holder>, now: Timestamp) -> log::Filter {
    let (subject, kinds): (_, &[&str]) = match holder {
        Some(Holder::Agent(id)) => (Some(Subject::of(id)), &["token_decided"]),
        Some(Holder::User(id)) => (Some(Subject::of(id)), &["token_decided", "person_token_decided"]),
        Some(Holder::Client(id)) => (Some(Subject::of(id)), issued::KINDS),
        None => (None, issued::KINDS),
    };
    log::Filter {
        subject,
        kinds: kinds.iter().filter_map(|name| EventKind::by_name(name)).map(|kind| kind.code).collect(),
        verdict: Some(Verdict::Allow),
        from: Some(now.minus(Application::LONGEST_LIFETIME)),
        until: None,
    }
}
