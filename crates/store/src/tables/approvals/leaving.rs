//! What goes with an agent that is stopped, and with a person who leaves: what they asked, what they answered, and what an
//! answer of theirs gave.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_kernel::id::timed_uuid;
use chancery_kernel::{AgentId, Fault, Seconds, UserId};
use chancery_model::{Application, Approval, Grant, LeavingRule, MarkKey, Organization, State};

use super::{ANSWERED_BY, REDEEMED_BY, all};
use crate::sql::Value;
use crate::tables::nouns::blob;
use crate::tx::Tx;

/// A token that a yes became lives no longer after its question than this: the longest that a question stands, and the
/// longest that a token lives.
const TOKENS_LIVE: Seconds = Seconds(3_600 + Application::LONGEST_LIFETIME.0);

impl Tx<'_> {
    /// Takes back every live question of an agent, and every permission that an answer gave it: containment, or the end
    /// of its work. A release brings neither back.
    pub fn cancel_approvals_of_agent(&mut self, agent: AgentId, why: &str) -> Result<(), Fault> {
        self.cancel_all(self.live_of_agent(agent), why)?;
        for grant in self.permissions(|grant| grant.agent == Some(agent)) {
            self.end_permission(&grant, why)?;
        }
        Ok(())
    }

    /// Takes back every live question about a person, and their word out of everything else: they have left.
    pub fn cancel_approvals_of_user(&mut self, user: UserId, why: &str) -> Result<(), Fault> {
        self.cancel_all(self.live_of_user(user), why)?;
        self.drop_answers_of(user, why)?;
        self.leave_permissions(user, why)?;
        self.kill_tokens_of(user, why)
    }

    /// Takes a person's answers out of what others still have to answer. A yes that was complete with theirs, and was
    /// not fetched, is worth nothing without it.
    fn drop_answers_of(&mut self, user: UserId, why: &str) -> Result<(), Fault> {
        let org = self.org();
        let answered = all(&self.sql().rows(ANSWERED_BY, &[blob(user), blob(org)])?)?;
        for mut approval in answered {
            if approval.state == State::Approved {
                self.cancel_all(vec![Arc::new(approval)], why)?;
                continue;
            }
            approval.answers.retain(|answer| answer.by != user && !answer.rights.contains(&user));
            let left = self.replace_approval(approval)?;
            let reason = Text::new(why);
            let _ = self.record(Event::ApprovalAnswerDropped { approval: left.id, by: user, reason });
        }
        Ok(())
    }

    /// Permissions in force to which this person had said yes end, or are put to a review, as the organization wants it.
    fn leave_permissions(&mut self, user: UserId, why: &str) -> Result<(), Fault> {
        let (org, now) = (self.org(), self.now());
        let rule = self.find::<Organization>(org).map(|found| found.approver_left).unwrap_or_default();
        for grant in self.permissions(|grant| grant.approved_by.contains(&user) && !grant.is_over(now)) {
            // Nobody is left to review for: the permission is of the one who leaves.
            if rule == LeavingRule::End || grant.user == user {
                self.end_permission(&grant, &format!("it rested on a yes of somebody who has left: {why}"))?;
                continue;
            }
            let since = grant.in_review.unwrap_or(now);
            let kept = self.update(Grant { in_review: Some(since), ..Grant::clone(&grant) })?;
            let _ = self.record(Event::GrantOrphaned {
                grant: kept.id,
                left: user,
                user: kept.user,
                agent: kept.agent,
                until: kept.until,
                reason: Text::new(why),
            });
        }
        Ok(())
    }

    /// A yes that became a token, once: that token is dead.
    fn kill_tokens_of(&mut self, user: UserId, why: &str) -> Result<(), Fault> {
        let (org, since) = (self.org(), self.now().minus(TOKENS_LIVE));
        let args = [blob(user), blob(org), Value::from(timed_uuid(since, [0; 10]))];
        let redeemed = all(&self.sql().rows(REDEEMED_BY, &args)?)?;
        let once = |asked: &Approval| asked.grants_for.is_none() && asked.approved_by().any(|a| a.by == user);
        for asked in redeemed.into_iter().filter(once) {
            let reason = Text::new(&format!("it rested on a yes of somebody who has left: {why}"));
            let event = Event::GrantEnded { grant: asked.grant, user: Some(asked.user), reason };
            let ended = self.record(event);
            self.mark(MarkKey::Grant(asked.grant), ended.pos)?;
        }
        Ok(())
    }

    fn permissions(&self, wanted: impl Fn(&Grant) -> bool) -> Vec<Arc<Grant>> {
        let all = self.hot().grants.of(self.org());
        all.filter(|grant| grant.origin.is_permission() && wanted(grant)).cloned().collect()
    }

    fn end_permission(&mut self, grant: &Arc<Grant>, why: &str) -> Result<(), Fault> {
        self.delete(grant)?;
        let (user, reason) = (Some(grant.user), Text::new(why));
        let ended = self.record(Event::GrantEnded { grant: grant.id, user, reason });
        self.mark(MarkKey::Grant(grant.id), ended.pos)?;
        self.end_leases_of_grant(grant.id, why)
    }
}
