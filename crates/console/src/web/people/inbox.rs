//! The inbox: what waits for a person, one question with its answers, and what became of earlier ones.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use chancery_governance::inbox::{self, Question, Reply};
use chancery_kernel::{ApprovalId, Fault, Outcome, Seconds, Timestamp};
use chancery_model::approval::Voice;
use chancery_model::{Approval, Sentence, State as Standing};
use chancery_policy::approval::{SIX_FACTS, words};

use crate::links;
use crate::pages::inbox::{Item, View};
use crate::pages::{inbox as inbox_page, question as question_page};
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::desk::live::follow_inbox;
use crate::web::fields::Fields;

/// A person is reminded for so long that somebody took their second factors away.
const REMINDED: Seconds = Seconds::days(7);

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    if visit.present.is_none() {
        return to_sign_in(&links::inbox());
    }
    match view(&console, &visit).await {
        Ok(view) => visit.remember(page(inbox_page::render(&visit.frame(), &view))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

/// That something happened in it; a stranger hears nothing.
pub(super) async fn live(State(console): State<Console>, visit: Visit) -> Response {
    follow_inbox(&console, visit.cx())
}

fn to_sign_in(back: &str) -> Response {
    see_other(&links::with(links::sign_in(), &[("request", back)]))
}

async fn view(console: &Console, visit: &Visit) -> Outcome<View> {
    let cx = visit.cx();
    let pending = inbox::pending(&cx).await?;
    let history = inbox::history(&cx).await?;
    let waits = |asked: &&Approval| pending.iter().all(|open| open.id != asked.id);
    let user = cx.caller.user().and_then(|id| cx.db().hot().users.find(cx.org, id).cloned());
    let lately = |at: &Timestamp| cx.now().since(*at) < REMINDED;
    Ok(View {
        factors_reset: user.and_then(|user| user.factors_reset).filter(lately),
        push_key: chancery_jose::b64(&console.platform.vault.push_point()),
        pending: together(&pending)
            .into_iter()
            .map(|alike| alike.iter().map(|a| item(console, visit, a)).collect())
            .collect(),
        history: history.iter().filter(waits).map(|asked| item(console, visit, asked)).collect(),
    })
}

/// Of one agent, for one system, for the same scopes, in the same words of the server: alike to whoever reads them.
fn together(pending: &[Arc<Approval>]) -> Vec<Vec<Arc<Approval>>> {
    let alike = |a: &Approval, b: &Approval| {
        a.agent == b.agent
            && a.application == b.application
            && a.user == b.user
            && a.scopes == b.scopes
            && a.weights == b.weights
    };
    let mut groups: Vec<Vec<Arc<Approval>>> = Vec::new();
    for asked in pending {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| alike(first, asked))) {
            Some(group) => group.push(asked.clone()),
            None => groups.push(vec![asked.clone()]),
        }
    }
    groups
}

/// What came of it, for its history.
fn outcome(console: &Console, asked: &Approval) -> String {
    let hot = console.platform.db.hot();
    let now = console.platform.db.env().now();
    let stands = hot.grants.find(asked.org, asked.grant).is_some_and(|grant| !grant.is_over(now));
    let why = asked.closed.as_ref().map_or("", |closed| closed.why.as_str());
    match (asked.state_at(now), asked.grants_for.is_some()) {
        (Standing::Redeemed, true) if stands => format!("It is {why}"),
        (Standing::Redeemed, true) => "The permission has ended".to_owned(),
        (Standing::Redeemed, false) => "The agent received its token, once".to_owned(),
        (Standing::Denied, _) if asked.reported => "Reported to your security team".to_owned(),
        (Standing::Denied, _) => "Nothing was given".to_owned(),
        (Standing::Approved, _) => "The agent has not fetched it yet".to_owned(),
        _ => why.to_owned(),
    }
}

/// Whether one tap takes back what came of this person's yes: a permission in force, or what was not fetched.
fn withdrawable(console: &Console, visit: &Visit, asked: &Approval) -> bool {
    let hot = console.platform.db.hot();
    let now = console.platform.db.env().now();
    let me = visit.present.as_ref().map(|present| present.user.id);
    let own = asked.approved_by().any(|answer| Some(answer.by) == me);
    let stands = hot.grants.find(asked.org, asked.grant).is_some_and(|grant| !grant.is_over(now));
    own && (asked.state_at(now) == Standing::Approved || asked.state == Standing::Redeemed && stands)
}

/// Who asks, and for which system. The facts are let go before anything else looks at them: whoever holds them twice waits
/// for a commit that waits for them.
fn names(console: &Console, asked: &Approval) -> (String, String) {
    let hot = console.platform.db.hot();
    let agent = asked.agent.and_then(|id| hot.agents.find(asked.org, id));
    let application = asked.application.and_then(|id| hot.applications.find(asked.org, id));
    (
        match (agent, asked.agent) {
            (Some(agent), _) => agent.name.clone(),
            (None, Some(_)) => "an agent that is gone".to_owned(),
            (None, None) => {
                let user = hot.users.find(asked.org, asked.user);
                user.map_or_else(|| "somebody who has left".to_owned(), |user| user.display_name.clone())
            }
        },
        application.map_or_else(|| "your account here".to_owned(), |app| app.name.clone()),
    )
}

fn item(console: &Console, visit: &Visit, asked: &Approval) -> Item {
    let now = console.platform.db.env().now();
    let (asker, system) = names(console, asked);
    let [what, .., access, _, _] = SIX_FACTS;
    let says = |term: &str, voice| asked.sentences.iter().find(|s| s.term == term && s.voice == voice);
    let text = |s: &Sentence| s.text.clone();
    Item {
        approval: asked.id.to_string(),
        asker,
        system,
        sentence: says(chancery_policy::approval::MESSAGE_TERM, Voice::Agent)
            .or_else(|| says(what, Voice::Agent))
            .or_else(|| says(what, Voice::Server))
            .map(text)
            .unwrap_or_default(),
        changes: says(access, Voice::Server).is_some_and(|s| s.text.contains("changes")),
        state: asked.state_at(now),
        outcome: outcome(console, asked),
        withdrawable: withdrawable(console, visit, asked),
        asked: asked.meta.created,
        until: asked.closed.as_ref().map_or(asked.lapses, |closed| closed.at),
    }
}

pub(super) async fn question(
    State(console): State<Console>,
    visit: Visit,
    Path(approval): Path<String>,
) -> Response {
    if visit.present.is_none() {
        return to_sign_in(&links::question(&approval));
    }
    match load(&visit, &approval).await {
        Ok(found) => {
            let view = one(&console, &visit, found, Draft::default());
            visit.remember(page(question_page::render(&visit.frame(), &view)))
        }
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn load(visit: &Visit, approval: &str) -> Outcome<Question> {
    inbox::get(&visit.cx(), read(approval)?).await
}

fn read(approval: &str) -> Outcome<ApprovalId> {
    approval.parse().map_err(|_| Fault::not_found("approval"))
}

/// Where a second factor is proven, and back.
fn proof(back: &str) -> String {
    links::with(links::second_factor(), &[("request", back)])
}

/// Where it has to be proven before a yes, if so.
fn prove(console: &Console, visit: &Visit, asked: &Approval) -> Option<String> {
    let lately = visit
        .present
        .as_ref()
        .is_some_and(|present| present.session.facts.proven_lately(console.platform.db.env().now()));
    (!asked.weights.is_empty() && !lately).then(|| proof(&links::question(&asked.id.to_string())))
}

fn one(console: &Console, visit: &Visit, found: Question, draft: Draft) -> question_page::View {
    let Question { asked, open, withdrawable } = found;
    let hot = console.platform.db.hot();
    let name = |id| {
        let user = hot.users.find(asked.org, id);
        user.map_or_else(|| "somebody who has left".to_owned(), |user| user.display_name.clone())
    };
    let group =
        |id| hot.groups.find(asked.org, id).map_or_else(|| "that is gone".to_owned(), |g| g.name.clone());
    let said = |a: &chancery_model::Answer| question_page::Said {
        name: name(a.by),
        instead_of: a
            .rights
            .iter()
            .find(|right| **right != a.by)
            .map(|right| name(*right))
            .unwrap_or_default(),
        allow: a.allow,
        at: a.at,
    };
    let weight: Vec<&str> = asked.weights.iter().map(|weight| weight.words()).collect();
    question_page::View {
        approval: asked.id.to_string(),
        state: asked.state_at(console.platform.db.env().now()),
        seen: asked.seen.clone(),
        asked: asked.meta.created,
        lapses: asked.lapses,
        open,
        withdrawable,
        weight: weight.join(" and "),
        number: asked.number.is_some(),
        prove: prove(console, visit, &asked),
        needs: asked.needs.iter().map(|need| words(need, &group)).collect(),
        answers: asked.answers.iter().map(said).collect(),
        closed: asked.closed.map(|closed| (closed.at, closed.why)),
        sentences: asked.sentences,
        draft,
    }
}

/// What was on the page is what is answered: the form carries its digest. A refused answer shows the question again,
/// as it stands now, and says why.
pub(super) async fn answer(
    State(console): State<Console>,
    visit: Visit,
    Path(approval): Path<String>,
    fields: Fields,
) -> Response {
    match respond(&visit, &approval, &fields).await {
        Ok(()) => see_other(&links::question(&approval)),
        Err(fault) if fault.code == "second_factor_required" => {
            see_other(&proof(&links::question(&approval)))
        }
        Err(fault) => match load(&visit, &approval).await {
            Ok(found) => {
                let draft = question_page::refused(&fault.public).value("note", fields.text("note"));
                let view = one(&console, &visit, found, draft);
                with_status(status(fault.kind), question_page::render(&visit.frame(), &view))
            }
            Err(_) => problem(&visit.frame(), &fault, visit.request),
        },
    }
}

async fn respond(visit: &Visit, approval: &str, fields: &Fields) -> Outcome<()> {
    visit.check(fields)?;
    let allow = match fields.text("answer") {
        "approve" => true,
        "deny" | "report" => false,
        _ => return Err(Fault::invalid("no_answer", "press one of the two buttons")),
    };
    let some = |name| Some(fields.text(name)).filter(|text: &&str| !text.is_empty()).map(str::to_owned);
    let reply = Reply {
        allow,
        seen: fields.text("seen").to_owned(),
        number: some("number"),
        report: fields.text("answer") == "report",
        note: some("note"),
    };
    inbox::answer(&visit.cx(), read(approval)?, reply).await.map(drop)
}

pub(super) async fn take_back(visit: Visit, Path(approval): Path<String>, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        inbox::take_back(&visit.cx(), read(&approval)?).await
    };
    match work.await {
        Ok(_) if fields.text("back") == "inbox" => see_other(&links::inbox()),
        Ok(_) => see_other(&links::question(&approval)),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}
