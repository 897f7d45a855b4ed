//! What a question has to be like before a person is bothered with it.

use chancery_audit::evidence::Verdict as Said;
use chancery_kernel::{Fault, Seconds, Timestamp, UserId};
use chancery_model::{Action, Application, Approval, ApproverRule, State};
use chancery_oauth::{CibaRequest, ErrorCode, OAuthError};
use chancery_policy::approval::{MESSAGE_TERM, plain};
use chancery_store::Tx;
use chancery_store::hot::Hot;
use chancery_store::tables::approvals;

use super::Start;
use crate::decide::{Parties, same_resource};

/// Questions of one agent that may wait for one person, and of all agents together.
const MOST_OF_ONE: usize = 5;
const MOST_OF_ALL: usize = 30;
/// After a no, the same question is not put again for so long.
const QUIET: Seconds = Seconds(60);
/// So many of a person's latest questions are looked at.
const LOOK_BACK: i64 = 30;

/// Why this person is left alone for now, if so (CIBA §14: unsolicited prompts).
pub(super) fn too_often(tx: &mut Tx<'_>, start: &Start) -> Result<Option<&'static str>, Fault> {
    let (org, now) = (tx.org(), tx.now());
    let waiting = approvals::live_of_user(tx.sql(), org, start.user)?;
    let waiting = || waiting.iter().filter(|a| a.state_at(now) == State::Pending);
    let ours = |a: &&Approval| a.agent == start.authed.client.agent;
    if waiting().filter(ours).count() >= MOST_OF_ONE {
        return Ok(Some("other questions of this agent wait for them already"));
    }
    if waiting().count() >= MOST_OF_ALL {
        return Ok(Some("too many questions wait for them already"));
    }
    let latest = approvals::latest_of_user(tx.sql(), org, start.user, LOOK_BACK)?;
    let just_denied = |a: &Approval| {
        a.state == State::Denied && a.closed.as_ref().is_some_and(|end| now.since(end.at) < QUIET)
    };
    let again = |a: &Approval| {
        let message = start.request.binding_message.as_deref().map(|m| plain(m).text);
        let said = a.sentences.iter().find(|s| s.term == MESSAGE_TERM).map(|s| s.text.clone());
        a.details == start.request.details.values && message == said && start.scopes.is_subset(&a.scopes)
    };
    let repeated = latest.iter().any(|a| ours(&a) && just_denied(a) && again(a));
    Ok(repeated.then_some("they said no to the same question a moment ago"))
}

/// What the agent says has to agree with what the server knows.
pub(super) fn details(
    request: &CibaRequest,
    application: Option<&Application>,
    approval: &Approval,
) -> Result<(), OAuthError> {
    let refused = |text: &'static str| OAuthError::new(ErrorCode::InvalidAuthorizationDetails, text);
    if let Some(message) = &request.binding_message
        && plain(message).text.is_empty()
    {
        let text = "binding_message has nothing in it that can be shown";
        return Err(OAuthError::new(ErrorCode::InvalidBindingMessage, text));
    }
    let rules = application.map_or(&[][..], |app| app.scopes.as_slice());
    let changes = rules
        .iter()
        .any(|rule| rule.action == Action::Change && approval.scopes.contains(rule.name.as_str()));
    if changes && request.details.tasks.iter().any(|task| task.access == Action::Read) {
        return Err(refused("access says read, and a scope that was asked for changes data"));
    }
    let resource = application.map_or("", |app| app.resource.as_str());
    if request.details.locations.iter().any(|location| !same_resource(location, resource)) {
        return Err(refused("locations name another resource than the request"));
    }
    Ok(())
}

/// Whether there is somebody for every need.
pub(super) fn somebody_answers(hot: &Hot, approval: &Approval) -> bool {
    let agent = approval.agent.and_then(|id| hot.agents.find(approval.org, id));
    let application = approval.application.and_then(|id| hot.applications.find(approval.org, id));
    let active = |id: UserId| hot.users.find(approval.org, id).is_some_and(|user| user.is_active());
    approval.needs.iter().all(|need| match need {
        ApproverRule::Person => active(approval.user),
        ApproverRule::AgentOwner => agent.is_some_and(|agent| agent.owners.iter().any(|id| active(*id))),
        ApproverRule::AgentSponsor => agent.and_then(|agent| agent.sponsor).is_some_and(active),
        ApproverRule::ApplicationOwner => application.and_then(|app| app.owner).is_some_and(active),
        ApproverRule::Group { group } => hot.members_of(*group).any(active),
    })
}

/// A question about the person's own profile needs a live agent, and nothing else.
pub(super) fn may_sign_in(parties: &Parties, now: Timestamp) -> Result<(), (Said, Vec<String>, OAuthError)> {
    if parties.agents.iter().all(|agent| agent.is_live(now)) && parties.client.enabled {
        return Ok(());
    }
    let text = "this agent may not act now: ask an administrator";
    let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("not_available");
    Err((Said::Deny, vec!["the agent is not live, or its client is disabled".to_owned()], error))
}
