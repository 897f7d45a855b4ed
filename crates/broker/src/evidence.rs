//! The seven facts of what an agent asks the vault for.

use std::sync::Arc;

use chancery_audit::evidence::{Decision, Person, Verdict};
use chancery_audit::{Evidence, Text};
use chancery_kernel::{RunId, UserId};
use chancery_store::Hot;

/// What came of it.
pub(crate) struct Said<'a> {
    pub verdict: Verdict,
    pub by: &'a str,
    pub outcome: &'static str,
    pub place: &'a str,
    pub user: Option<UserId>,
    pub run: Option<RunId>,
}

/// The evidence of the call, turned to the secret. None where no agent calls.
pub(crate) fn of(hot: &Hot, call: Option<&Arc<Evidence>>, said: &Said<'_>) -> Option<Evidence> {
    let mut evidence = Evidence::clone(call?);
    let org = evidence.target.organization;
    if let Some(user) = said.user.and_then(|id| hot.users.find(org, id)) {
        evidence.user = Person::Acting { user: user.id, login: Text::new(&user.login), asked_by: None };
    }
    evidence.target.name = Text::word("the vault");
    evidence.resource = Text::new(said.place);
    evidence.task.run = said.run.or(evidence.task.run);
    evidence.decision = Decision { verdict: said.verdict, by: Text::new(said.by) };
    evidence.outcome = Text::word(said.outcome);
    Some(evidence)
}
