//! Whether who follows the feed may still do so: a connection outlives the token it was opened with by hours.

use chancery_context::{Act, Caller};
use chancery_kernel::{OrgId, Timestamp, UserId};
use chancery_model::{Application, Principal};
use chancery_store::Hot;
use chancery_store::hot::Assigned;

/// Whether a token with this right would be issued to the caller today: everybody it names is live, and assigned to
/// the management API with the scope.
pub(super) fn stands(hot: &Hot, org: OrgId, caller: &Caller, now: Timestamp) -> bool {
    let Some(api) = hot.applications.of(org).find(|app| app.builtin) else { return false };
    match caller {
        Caller::System => true,
        Caller::Anonymous => false,
        Caller::Person { user, .. } => person(hot, org, api, *user),
        Caller::Token { client, agent, user, .. } => {
            let enabled = hot.clients.find(org, *client).is_some_and(|client| client.enabled);
            let agent_stands = agent.is_none_or(|id| {
                hot.agents.find(org, id).is_some_and(|agent| agent.is_live(now))
                    && assigned(hot, api, Principal::Agent(id))
            });
            let user_stands = user.is_none_or(|user| person(hot, org, api, user));
            let tool = agent.is_none() && user.is_none();
            enabled
                && agent_stands
                && user_stands
                && (!tool || assigned(hot, api, Principal::Client(*client)))
        }
    }
}

fn assigned(hot: &Hot, api: &Application, principal: Principal) -> bool {
    let scope = Act::MarkRead.scope();
    hot.assignment(principal, api.id)
        .is_some_and(|held| held.scopes.as_ref().is_none_or(|s| s.contains(scope)))
}

fn person(hot: &Hot, org: OrgId, api: &Application, user: UserId) -> bool {
    let active = hot.users.find(org, user).is_some_and(|user| user.is_active());
    active
        && match hot.assigned_user(user, api.id) {
            Assigned::No => false,
            Assigned::Fully => true,
            Assigned::To(scopes) => scopes.contains(Act::MarkRead.scope()),
        }
}
