//! Tier `approval`: the permission that a person's yes made, for this agent, this person and this task; or the question.

use std::sync::Arc;

use chancery_audit::evidence::Verdict;
use chancery_kernel::{ApprovalId, Fault, Kind, OrgId, Outcome, UserId};
use chancery_model::{Approval, Folder, Grant, Origin, State, User, Vaulted};
use chancery_policy::approval::plain;
use chancery_store::tables::leases::run_stopped;
use chancery_store::tables::{approvals, runs};
use chancery_store::{Audited, Hot, Tx};

use super::{Ask, Decided, Permit};
use crate::ask::{self, EXPIRY, Filed, Wish};

type Other = Audited<Decided>;

/// Longest description of a task, in bytes.
const LONGEST_TASK: usize = 400;

impl Ask {
    /// The permission in force; or what is answered instead.
    pub(super) fn permitted(
        &self,
        tx: &mut Tx<'_>,
        folder: &Folder,
        secret: &Vaulted,
    ) -> Outcome<Result<Permit, Other>> {
        if let Some(request) = self.wanted.request {
            return self.resumed(tx, secret, request);
        }
        let user = match self.concerned(tx) {
            Ok(user) => user,
            Err(fault) => {
                return Ok(Err(self.refused(tx, Some(secret.id), "for whom it is was not said", fault)));
            }
        };
        if let Some(grant) = self.grant(tx, secret, user.id)? {
            return Ok(Ok(permit(&grant)));
        }
        self.asked(tx, folder, secret, &user).map(Err)
    }

    /// For whom it is: the person of the token, or the one whom the agent names. Being named gives nothing: that person
    /// has to say yes.
    fn concerned(&self, tx: &Tx<'_>) -> Result<Arc<User>, Fault> {
        let (hot, org) = (tx.hot(), tx.org());
        let named = self.wanted.user.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let found = match (self.asker.user, named) {
            (Some(user), _) => hot.users.find(org, user).cloned(),
            (None, Some(text)) => find(hot, org, text),
            (None, None) => {
                let text = "name the person it is for in `user`: they have to say yes";
                return Err(Fault::invalid("person_missing", text));
            }
        };
        let unknown = "nobody of this name, address or id is active here: name the person it is for";
        found.filter(|user| user.is_active()).ok_or_else(|| Fault::invalid("unknown_person", unknown))
    }

    /// A permission for this agent, this person and this task. The task is that of the token, or the one that was named
    /// in the same words when it was asked for.
    fn grant(&self, tx: &mut Tx<'_>, secret: &Vaulted, user: UserId) -> Outcome<Option<Arc<Grant>>> {
        let (now, org) = (tx.now(), tx.org());
        let fits = |grant: &&Arc<Grant>| {
            grant.org == org
                && grant.origin == Origin::Approval
                && grant.secret == Some(secret.id)
                && grant.agent == self.asker.agent
                && grant.client == self.asker.client
                && grant.in_force(now)
                && !run_stopped(tx.hot(), grant.run)
        };
        let held: Vec<Arc<Grant>> = tx.hot().grants_of(user).iter().filter(fits).cloned().collect();
        for grant in held {
            let same = match (grant.run, self.run) {
                (Some(run), Some(own)) => run == own,
                (Some(run), None) => {
                    let about = runs::find(tx.sql(), org, run)?.map(|run| run.about);
                    about.is_some_and(|about| about == plain(&self.wanted.task).text)
                }
                (None, _) => true,
            };
            if same {
                return Ok(Some(grant));
            }
        }
        Ok(None)
    }

    /// What became of a request that was filed earlier.
    fn resumed(
        &self,
        tx: &mut Tx<'_>,
        secret: &Vaulted,
        request: ApprovalId,
    ) -> Outcome<Result<Permit, Other>> {
        let (now, org) = (tx.now(), tx.org());
        let asked = approvals::find(tx.sql(), org, request)?.filter(|asked| {
            asked.secret == Some(secret.id)
                && asked.agent == self.asker.agent
                && asked.client == self.asker.client
                && self.asker.user.is_none_or(|user| user == asked.user)
        });
        let Some(asked) = asked else {
            let fault = Fault::not_found("request");
            return Ok(Err(self.refused(tx, Some(secret.id), "there is no such request of theirs", fault)));
        };
        let state = asked.state_at(now);
        if state == State::Pending {
            return Ok(Err(self.waits(tx, secret, &asked)));
        }
        let grant = tx.find::<Grant>(asked.grant).filter(|grant| grant.in_force(now));
        match grant.filter(|grant| state == State::Redeemed && !run_stopped(tx.hot(), grant.run)) {
            Some(grant) => Ok(Ok(permit(&grant))),
            None => {
                let fault = ended(&asked, state);
                let reason = format!("{request}: {}", fault.code);
                Ok(Err(self.refused(tx, Some(secret.id), &reason, fault)))
            }
        }
    }

    fn asked(&self, tx: &mut Tx<'_>, folder: &Folder, secret: &Vaulted, user: &User) -> Outcome<Other> {
        if self.wanted.task.len() > LONGEST_TASK {
            let fault = Fault::invalid("bad_task", "the task is one sentence of at most 400 bytes");
            return Ok(self.refused(tx, Some(secret.id), "the task is too long", fault));
        }
        let wish = Wish {
            asker: self.asker,
            folder,
            secret,
            user,
            task: &self.wanted.task,
            run: self.run,
            place: &self.place,
            call: self.call.as_ref(),
            expiry: self.wanted.expiry.map_or(EXPIRY, |wish| wish.min(EXPIRY)),
        };
        let lapses = tx.now().plus(wish.expiry);
        Ok(match ask::file(tx, &wish)? {
            Filed::Put(request, recorded) => recorded.with(Decided::Waiting(request, lapses)),
            Filed::Waits(request) => {
                let asked = tx.approval(request)?;
                self.waits(tx, secret, &asked)
            }
            Filed::Denied(request) => {
                let fault = denied(request);
                self.refused(tx, Some(secret.id), &format!("{request}: denied a moment ago"), fault)
            }
            Filed::Not(code, why) => {
                let text = format!("a person has to say yes, and was not asked: {why}");
                self.refused(tx, Some(secret.id), why, Fault::new(Kind::Forbidden, code, text))
            }
        })
    }

    fn waits(&self, tx: &mut Tx<'_>, secret: &Vaulted, asked: &Approval) -> Other {
        let reason = format!("{} waits for an answer", asked.id);
        let recorded = self.note(tx, Some(secret.id), Verdict::Pending, &reason);
        recorded.with(Decided::Waiting(asked.id, asked.lapses))
    }
}

fn permit(grant: &Grant) -> Permit {
    Permit {
        user: Some(grant.user),
        run: grant.run,
        grant: Some((grant.id, grant.until)),
        rule: format!("permission {}", grant.id),
    }
}

fn find(hot: &Hot, org: OrgId, text: &str) -> Option<Arc<User>> {
    if let Ok(id) = text.parse::<UserId>() {
        return hot.users.find(org, id).cloned();
    }
    let lower = text.to_lowercase();
    let mut by_email = hot.by_email(org, &lower);
    if let (Some(id), None) = (by_email.next(), by_email.next()) {
        return hot.users.find(org, id).cloned();
    }
    hot.users.of(org).find(|user| user.login.eq_ignore_ascii_case(&lower)).cloned()
}

/// Each end under a name of its own: an agent that was denied does not ask again, one whose request lapsed may.
fn ended(asked: &Approval, state: State) -> Fault {
    match state {
        State::Denied => denied(asked.id),
        State::Expired => Fault::conflict(
            "approval_lapsed",
            "nobody answered the request in time: ask again without `request`",
        ),
        State::Canceled => Fault::conflict(
            "approval_canceled",
            "the request was taken back: the agent was contained, its task stopped, or the person has left",
        ),
        State::Pending | State::Approved | State::Redeemed => Fault::conflict(
            "permission_over",
            "the permission that came of this request is over: ask again without `request`",
        ),
    }
}

fn denied(request: ApprovalId) -> Fault {
    let text = format!("the person said no ({request}): do not ask for the same again");
    Fault::new(Kind::Forbidden, "approval_denied", text)
}
