//! Whether somebody may have a secret, and by which tier. Deny is the default: a tier other than `never` comes of a reach
//! that is there, and the strictest word wins.

use chancery_context::Caller;
use chancery_kernel::{AgentId, ClientId, OrgId, Timestamp, UserId};
use chancery_model::{Folder, Principal, Reach, RevealPolicy, Tier, Vaulted};
use chancery_store::Hot;

/// Who asks for a secret, as the call proves it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub client: ClientId,
    pub agent: Option<AgentId>,
    /// The person of the token: proven, where there is one.
    pub user: Option<UserId>,
}

impl Asker {
    /// A session of the console takes nothing out: what a page shows, a page can be made to show.
    pub fn of(caller: &Caller) -> Option<Self> {
        match caller {
            Caller::Token { client, agent, user, .. } => {
                Some(Self { client: *client, agent: *agent, user: *user })
            }
            Caller::System | Caller::Anonymous | Caller::Person { .. } => None,
        }
    }

    /// Whether whoever stands behind it may act at all.
    pub fn is_live(&self, hot: &Hot, org: OrgId, now: Timestamp) -> bool {
        let agent = self.agent.is_none_or(|id| hot.agents.find(org, id).is_some_and(|a| a.is_live(now)));
        let user = self.user.is_none_or(|id| hot.users.find(org, id).is_some_and(|u| u.is_active()));
        agent && user && hot.clients.find(org, self.client).is_some_and(|client| client.enabled)
    }

    fn principals(&self, hot: &Hot) -> Vec<Principal> {
        match (self.agent, self.user) {
            (Some(agent), _) => vec![Principal::Agent(agent)],
            (None, Some(user)) => {
                let groups = hot.groups_of(user).map(Principal::Group);
                std::iter::once(Principal::User(user)).chain(groups).collect()
            }
            (None, None) => vec![Principal::Client(self.client)],
        }
    }
}

/// The tier for this secret; none where nothing is said of whoever asks.
pub(crate) fn tier(
    hot: &Hot,
    now: Timestamp,
    asker: &Asker,
    folder: &Folder,
    secret: &Vaulted,
) -> Option<Tier> {
    let all = asker.principals(hot);
    let covering: Vec<&Reach> =
        all.iter().flat_map(|p| hot.reaches_of(*p)).map(|r| &**r).filter(|r| r.covers(secret, now)).collect();
    // What is said of the one secret stands before what is said of its folder.
    let of_it = covering.iter().filter(|reach| reach.secret.is_some()).map(|reach| reach.tier).max();
    let reach = of_it.or_else(|| covering.iter().map(|reach| reach.tier).max())?;
    Some(reach.max(policy(folder, secret).tier))
}

/// The secret's own policy, or its folder's.
pub(crate) fn policy<'a>(folder: &'a Folder, secret: &'a Vaulted) -> &'a RevealPolicy {
    secret.policy.as_ref().unwrap_or(&folder.policy)
}
