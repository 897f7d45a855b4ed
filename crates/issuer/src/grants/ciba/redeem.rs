//! An approval becomes a token, in the write that uses it up.

use std::sync::Arc;

use chancery_audit::evidence::Verdict as Said;
use chancery_audit::{Digest, Event, Text};
use chancery_kernel::Fault;
use chancery_model::{Approval, Client, State};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_policy::Verdict;
use chancery_policy::approval::{Refusal, Step, apply, needs};
use chancery_store::tables::approvals;
use chancery_store::{Audited, Tx};

use super::ended;
use crate::approved;
use crate::decide::{self, Ask, Parties};
use crate::evidence::Account;
use crate::grants::invalid_grant;
use crate::grants::refusal::{self, Known};
use crate::grants::settle::{Settled, Wanted, settle, target};
use crate::mint::Issue;

/// What redemption needs inside its write.
pub(super) struct Redeem {
    pub client: Arc<Client>,
    pub hash: [u8; 32],
    pub issuer: Arc<str>,
    /// What was redeemed before, for a push that never left this house, is decided anew.
    pub again: bool,
}

impl Redeem {
    pub fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<Settled>, Fault> {
        let now = tx.now();
        let present = approvals::by_hash(tx.sql(), &self.hash)?.filter(|a| a.client == self.client.id);
        let Some(present) = present else {
            return Ok(self.refused(tx, "unknown auth_req_id", invalid_grant("no such auth_req_id")));
        };
        let redeemed = match apply(&present, Step::Redeem, now) {
            Ok(redeemed) => redeemed,
            Err(Refusal::Closed(State::Redeemed)) if self.again => present.clone(),
            Err(Refusal::Closed(state)) => return Ok(self.refused(tx, state.as_str(), ended(state))),
            Err(_) => return Ok(self.refused(tx, "not redeemable", ended(present.state))),
        };
        let wanted = approved::given(&Arc::new(present), self.issuer.clone());
        if !still_enough(tx, &wanted) {
            let text = "who has to approve this has changed since: ask again";
            let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("approver_changed");
            return Ok(self.refused(tx, "its approvers are no longer enough", error));
        }
        let mut noted = Ok(());
        // The directory has the last word: a yes to an agent that may no longer act is worth nothing.
        let settled = settle(tx, &wanted)?.map(|settled| {
            if let Settled::Issued(issue) = &settled {
                noted = note(tx, &wanted, issue, redeemed);
            }
            settled
        });
        noted?;
        Ok(settled)
    }

    fn refused(&self, tx: &mut Tx<'_>, why: &str, error: OAuthError) -> Audited<Settled> {
        let known = Known { grant_type: "ciba", ..Known::default() };
        let why = format!("approval: {why}");
        refusal::refuse(tx, &self.client, &known, &why, error).map(Settled::Refused)
    }
}

/// Whether everybody said yes whom the connection asks for now: it may have become stricter after the answer. Whatever
/// else has changed, the decision itself finds.
fn still_enough(tx: &Tx<'_>, wanted: &Wanted) -> bool {
    let Some(approval) = &wanted.ask.approved else { return true };
    let without = Ask { approved: None, ..wanted.ask.clone() };
    let Some(parties) = Parties::read(tx.hot(), &without) else { return true };
    let Ok(Some(application)) = target(tx.hot(), wanted, &parties) else { return true };
    match decide::over(tx.hot(), tx.now(), &without, parties, &application).verdict {
        Verdict::NeedsApproval { approver, .. } => {
            needs(&approver).iter().all(|need| approval.needs.contains(need))
        }
        _ => true,
    }
}

/// The approval is used up in the write that issues, and the log says whose yes became which token.
fn note(tx: &mut Tx<'_>, wanted: &Wanted, issue: &Issue, redeemed: Approval) -> Result<(), Fault> {
    let redeemed = tx.replace_approval(redeemed)?;
    let evidence = Account {
        org: redeemed.org,
        parties: &issue.parties,
        application: issue.application.as_deref(),
        audience: &issue.audience,
        grant_type: wanted.grant_type,
        scopes: &issue.scopes,
        run: redeemed.run,
        session: None,
        source_jti: None,
        jti: Some(&issue.jti),
        expires: Some(issue.expires),
        keys: Some(&issue.keys),
        verdict: Said::Allow,
        rule: approved::rule(&redeemed),
        reasons: &[],
        mend: None,
    }
    .evidence();
    let _ = tx.record(Event::ApprovalRedeemed {
        approval: redeemed.id,
        jti: Text::new(&issue.jti),
        evidence,
        seen: seen(&redeemed),
        by: redeemed.approved_by().map(|answer| answer.by).collect(),
    });
    Ok(())
}

/// The digest of what the person saw, as events keep it.
pub(super) fn seen(approval: &Approval) -> Digest {
    Digest(chancery_policy::approval::digest(&approval.sentences))
}
