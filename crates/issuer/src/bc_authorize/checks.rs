//! What a question has to be like before a person is bothered with it.

use chancery_kernel::{Fault, Timestamp};
use chancery_model::{Action, Application, Approval};
use chancery_oauth::resource::same;
use chancery_oauth::{CibaRequest, ErrorCode, OAuthError};
use chancery_policy::approval::{LOOK_BACK, MESSAGE_TERM, just_denied, plain};
use chancery_store::Tx;
use chancery_store::tables::approvals;

use super::Start;
use crate::decide::Parties;

/// Why this person is left alone for now, if so (CIBA §14: unsolicited prompts).
pub(super) fn too_often(tx: &mut Tx<'_>, start: &Start) -> Result<Option<&'static str>, Fault> {
    let (org, now) = (tx.org(), tx.now());
    let Some(agent) = start.authed.client.agent else { return Ok(None) };
    if let Some(why) = chancery_context::left_alone(tx, start.user, Some(agent))? {
        return Ok(Some(why));
    }
    let message = start.request.binding_message.as_deref().map(|m| plain(m).text);
    let again = |a: &Approval| {
        let said = a.sentences.iter().find(|s| s.term == MESSAGE_TERM).map(|s| &s.text);
        a.details == start.request.details.values
            && message.as_ref() == said
            && start.scopes.is_subset(&a.scopes)
    };
    let denied = approvals::denied_since(tx.sql(), org, start.user, Some(agent), now.minus(LOOK_BACK))?;
    let repeated = denied.iter().any(|a| just_denied(a, now) && again(a));
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
    if request.details.locations.iter().any(|location| !same(location, resource)) {
        return Err(refused("locations name another resource than the request"));
    }
    Ok(())
}

/// Why a yes would not be enough: for the log, and for the client.
pub(super) struct No {
    pub reasons: Vec<String>,
    pub error: OAuthError,
}

/// A question about the person's own profile needs a live agent, and nothing else.
pub(super) fn may_sign_in(parties: &Parties, now: Timestamp) -> Result<(), Box<No>> {
    if parties.agents.iter().all(|agent| agent.is_live(now)) && parties.client.enabled {
        return Ok(());
    }
    let text = "this agent may not act now: ask an administrator";
    let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("not_available");
    Err(Box::new(No { reasons: vec!["the agent is not live, or its client is disabled".to_owned()], error }))
}
