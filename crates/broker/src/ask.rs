//! Asking a person for a secret, because the policy wants their yes: the same mechanism as every other question.

use std::sync::Arc;

use chancery_audit::evidence::Verdict;
use chancery_audit::{Digest, Event, Text};
use chancery_context::{left_alone, somebody_answers};
use chancery_kernel::{AgentId, ApprovalId, Fault, Outcome, RunId, Seconds};
use chancery_model::{
    Access, Approval, ApproverRule, Client, Folder, Meta, Need, Sentence, State, User, Vaulted,
};
use chancery_policy::approval::{self, SecretAsking, plain, secret_sentences};
use chancery_store::tables::{approvals, runs};
use chancery_store::{Recorded, Tx};
use serde_json::json;

use crate::evidence::{self, Said};
use crate::reach::{Asker, policy};

/// How long the question stands.
pub(crate) const EXPIRY: Seconds = Seconds(900);
/// How soon it is worth while to look again.
pub(crate) const AGAIN: Seconds = Seconds(5);

/// What is asked for.
pub(crate) struct Wish<'a> {
    pub asker: Asker,
    pub folder: &'a Folder,
    pub secret: &'a Vaulted,
    pub user: &'a User,
    pub task: &'a str,
    pub run: Option<RunId>,
    pub place: &'a str,
    pub expiry: Seconds,
    pub call: Option<&'a Arc<chancery_audit::Evidence>>,
}

/// What became of it.
pub(crate) enum Filed {
    /// It was put now, with its event; or it waits already.
    Put(ApprovalId, Recorded),
    Waits(ApprovalId),
    Denied(ApprovalId),
    /// Nobody is bothered, for this reason.
    Not(&'static str, &'static str),
}

pub(crate) fn file(tx: &mut Tx<'_>, wish: &Wish<'_>) -> Outcome<Filed> {
    let (now, org) = (tx.now(), tx.org());
    let same = |a: &&Approval| {
        a.secret == Some(wish.secret.id) && a.agent == wish.asker.agent && a.client == wish.asker.client
    };
    let live = tx.live_of_user(wish.user.id);
    let mut waiting = live.iter().map(|a| &**a).filter(same).filter(|a| a.state_at(now) == State::Pending);
    if let Some(same_task) = waiting.find(|a| is_for(a, wish)) {
        return Ok(Filed::Waits(same_task.id));
    }
    let since = now.minus(approval::LOOK_BACK);
    let denied = approvals::denied_since(tx.sql(), org, wish.user.id, wish.asker.agent, since)?;
    if let Some(no) = denied.iter().filter(same).find(|a| approval::just_denied(a, now) && is_for(a, wish)) {
        return Ok(Filed::Denied(no.id));
    }
    if let Some(why) = left_alone(tx, wish.user.id, wish.asker.agent)? {
        return Ok(Filed::Not("asked_too_often", why));
    }
    let rule = &policy(wish.folder, wish.secret).approver;
    let needs = match wish.asker.agent {
        Some(_) => approval::needs([rule], &[]),
        // Whoever asks for themselves cannot be the one who says yes.
        None if rule.0.iter().all(|need| need.who == ApproverRule::Person) => {
            return Ok(Filed::Not("nobody_to_ask", "the policy names nobody but the person who asks"));
        }
        None => approval::needs_of_others([rule]),
    };
    put(tx, wish, needs)
}

/// Whether it was asked in the same words, or for the same task.
fn is_for(asked: &Approval, wish: &Wish<'_>) -> bool {
    (wish.run.is_some() && asked.run == wish.run)
        || asked.details.first().and_then(|d| d.get("task")).and_then(|t| t.as_str()) == Some(wish.task)
}

fn put(tx: &mut Tx<'_>, wish: &Wish<'_>, needs: Vec<Need>) -> Outcome<Filed> {
    let run = match (wish.run, wish.asker.agent) {
        (None, Some(agent)) => Some(begin_run(tx, wish, agent)?),
        (run, _) => run,
    };
    // Nothing is fetched with it: the answer makes the permission.
    let hash = tx.env().bytes::<32>();
    let asked = draft(tx, wish, run, needs, &hash)?;
    if !somebody_answers(tx.hot(), &asked) {
        return Ok(Filed::Not("nobody_to_ask", "nobody is there who may answer: name an approver"));
    }
    let asked = tx.ask(asked, &hash)?;
    let recorded = record(tx, wish, &asked);
    Ok(Filed::Put(asked.id, recorded))
}

/// What the person reads.
fn sentences(tx: &Tx<'_>, wish: &Wish<'_>, run: Option<RunId>) -> Outcome<Vec<Sentence>> {
    let client = tx.get::<Client>(wish.asker.client)?;
    let agent = wish.asker.agent.and_then(|id| tx.hot().agents.find(tx.org(), id));
    let sponsor = agent.and_then(|agent| tx.hot().users.find(agent.org, agent.sponsor?));
    Ok(secret_sentences(&SecretAsking {
        agent: agent.map(|agent| &**agent),
        client: &client,
        sponsor: sponsor.map(|user| &**user),
        user: wish.user,
        run,
        folder: wish.folder,
        secret: wish.secret,
        task: wish.task,
        lifetime: policy(wish.folder, wish.secret).longest,
    }))
}

fn draft(
    tx: &Tx<'_>,
    wish: &Wish<'_>,
    run: Option<RunId>,
    needs: Vec<Need>,
    hash: &[u8; 32],
) -> Outcome<Approval> {
    let now = tx.now();
    let sentences = sentences(tx, wish, run)?;
    let by = wish.asker.agent.is_none().then_some(wish.user.id);
    let details = json!({ "type": "secret", "secret": wish.secret.id, "task": wish.task });
    Ok(Approval {
        id: tx.id(),
        org: tx.org(),
        state: State::Pending,
        ticket: approvals::ticket(hash),
        user: wish.user.id,
        client: wish.asker.client,
        agent: wish.asker.agent,
        run,
        application: None,
        resource: Some(wish.place.to_owned()),
        secret: Some(wish.secret.id),
        scopes: Default::default(),
        identity: Default::default(),
        details: vec![details],
        seen: approval::hex(&approval::digest(&sentences)),
        sentences,
        needs,
        weights: Vec::new(),
        number: None,
        misses: 0,
        escalated: false,
        reported: false,
        answers: Vec::new(),
        grant: tx.id(),
        lifetime: None,
        grants_for: Some(policy(wish.folder, wish.secret).longest),
        interval: AGAIN,
        lapses: now.plus(wish.expiry),
        access: Some(Access { purpose: plain(wish.task).text, by, ..Access::default() }),
        needs_factor: false,
        notify: None,
        closed: None,
        meta: Meta::new(now),
    })
}

fn record(tx: &mut Tx<'_>, wish: &Wish<'_>, asked: &Approval) -> Recorded {
    let said = Said {
        verdict: Verdict::Pending,
        by: "the policy of the secret",
        outcome: "asked",
        place: wish.place,
        user: Some(wish.user.id),
        run: asked.run,
    };
    let event = match evidence::of(tx.hot(), wish.call, &said) {
        Some(evidence) => Event::ApprovalRequested {
            approval: asked.id,
            evidence,
            seen: Digest(approval::digest(&asked.sentences)),
            message: Some(Text::new(&plain(wish.task).text)).filter(|_| !wish.task.is_empty()),
            lapses: asked.lapses,
        },
        None => Event::OwnRequestFiled {
            approval: asked.id,
            user: wish.user.id,
            client: wish.asker.client,
            application: None,
            secret: Some(wish.secret.id),
            scopes: Default::default(),
            seen: Digest(approval::digest(&asked.sentences)),
            message: Some(Text::new(&plain(wish.task).text)).filter(|_| !wish.task.is_empty()),
            lapses: asked.lapses,
        },
    };
    tx.record(event)
}

/// A secret is for one task: request, permission, lease and what is done with it share the run.
fn begin_run(tx: &mut Tx<'_>, wish: &Wish<'_>, agent: AgentId) -> Result<RunId, Fault> {
    let run = runs::Run {
        id: tx.id(),
        org: tx.org(),
        agent,
        user: wish.user.id,
        about: plain(wish.task).text,
        began: tx.now(),
        session: None,
        stopped: None,
    };
    runs::insert(tx.sql(), &run)?;
    Ok(run.id)
}
