//! The audit log, page by page, through its filters.

use axum::extract::Query;
use axum::response::Response;
use chancery_audit::{CATALOGUE, Subject, Verdict};
use chancery_context::Act;
use chancery_directory::agents::{self, AgentFilter};
use chancery_kernel::{AgentId, AppId, Kind, Outcome, Page, PageRequest, Seconds, Timestamp, UserId};
use chancery_watch::events::{self, Seen, timeline};
use serde::Deserialize;

use super::lines;
use super::lists::ROWS;
use super::names::Names;
use super::read::{self, Read};
use super::seat::Seat;
use crate::links;
use crate::pages::audit::{Filter, View, render};
use crate::parts::{Pager, time};

/// The filters of an address, and the position before which the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
    verdict: String,
    agent: String,
    user: String,
    application: String,
    window: String,
    before: String,
}

const WINDOWS: &[(&str, Seconds)] = &[
    ("1h", Seconds::hours(1)),
    ("24h", Seconds::hours(24)),
    ("7d", Seconds::days(7)),
    ("30d", Seconds::days(30)),
];
const VERDICTS: &[(&str, Verdict)] =
    &[("allow", Verdict::Allow), ("deny", Verdict::Deny), ("pending", Verdict::Pending)];
/// What has a verdict at all: naming the kinds keeps the search in the index.
const JUDGED: &[&str] = &["token_decided", "token_used"];

pub(super) async fn show(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, asked).await, render)
}

async fn view(seat: &Seat, asked: Asked) -> Outcome<View> {
    let cx = seat.cx();
    let last = timeline(&cx, &events::Filter::default(), &PageRequest::new(None, Some(1))).await?;
    let found = match subjects(seat, &asked).await? {
        Some(subjects) => {
            let before = (!asked.before.is_empty()).then(|| asked.before.clone());
            timeline(&cx, &filter(subjects, &asked, cx.now()), &PageRequest::new(before, Some(ROWS))).await?
        }
        None => Page { items: Vec::new(), next: None },
    };
    let names = Names::of(seat);
    Ok(View {
        kinds: CATALOGUE.iter().map(|kind| kind.name.to_owned()).collect(),
        rows: found.items.iter().map(|seen| lines::row(&names, seen)).collect(),
        pager: pager(&asked, &found),
        size: last.items.first().map_or(0, |seen| lines::position(&seen.entry)),
        newest: asked.before.is_empty(),
        filter: Filter {
            kind: asked.kind,
            verdict: asked.verdict,
            agent: asked.agent,
            user: asked.user,
            application: asked.application,
            window: asked.window,
        },
    })
}

fn filter(subjects: Vec<Subject>, asked: &Asked, now: Timestamp) -> events::Filter {
    let among = |word: &str| VERDICTS.iter().find(|(known, _)| *known == word).map(|(_, verdict)| *verdict);
    let verdict = among(&asked.verdict);
    let known = CATALOGUE.iter().any(|kind| kind.name == asked.kind);
    let kinds = match (known, verdict) {
        (true, _) => vec![asked.kind.clone()],
        (false, Some(_)) if subjects.is_empty() => JUDGED.iter().map(|kind| (*kind).to_owned()).collect(),
        (false, _) => Vec::new(),
    };
    let window = WINDOWS.iter().find(|(word, _)| *word == asked.window);
    let from = window.map(|(_, length)| now.minus(*length));
    events::Filter { subjects, kinds, verdict, from, until: None }
}

/// The ids that the filters name; none where one of them names nothing.
async fn subjects(seat: &Seat, asked: &Asked) -> Outcome<Option<Vec<Subject>>> {
    let cx = seat.cx();
    let mut found = Vec::new();
    if let Some(text) = typed(&asked.agent) {
        let Some(id) = agent(seat, text).await? else { return Ok(None) };
        found.push(Subject::of(id));
    }
    if let Some(text) = typed(&asked.user) {
        let id = match (text.parse::<UserId>(), seat.may(Act::UserRead)) {
            (Err(_), true) => known(read::person(&cx, "user", text).await)?,
            (id, _) => id.ok(),
        };
        let Some(id) = id else { return Ok(None) };
        found.push(Subject::of(id));
    }
    if let Some(text) = typed(&asked.application) {
        let id = match (text.parse::<AppId>(), seat.may(Act::ApplicationRead)) {
            (Err(_), true) => known(read::application(&cx, "application", text).await)?,
            (id, _) => id.ok(),
        };
        let Some(id) = id else { return Ok(None) };
        found.push(Subject::of(id));
    }
    Ok(Some(found))
}

fn typed(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A name that nobody has is an empty answer here, not a mistake.
fn known<T>(read: Read<T>) -> Outcome<Option<T>> {
    match read {
        Ok(id) => Ok(Some(id)),
        Err(refused) if refused.fault.kind == Kind::Invalid => Ok(None),
        Err(refused) => Err(refused.fault),
    }
}

async fn agent(seat: &Seat, text: &str) -> Outcome<Option<AgentId>> {
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    if !seat.may(Act::AgentRead) {
        return Ok(None);
    }
    let named = AgentFilter { name: Some(text.to_owned()), ..AgentFilter::default() };
    let found = agents::list(&seat.cx(), &PageRequest::new(None, Some(1)), &named).await?;
    Ok(found.items.first().map(|agent| agent.id))
}

fn pager(asked: &Asked, found: &Page<Seen>) -> Pager {
    let to = |before: &str| {
        let query = [
            ("agent", asked.agent.as_str()),
            ("user", &asked.user),
            ("application", &asked.application),
            ("verdict", &asked.verdict),
            ("kind", &asked.kind),
            ("window", &asked.window),
            ("before", before),
        ];
        links::with(links::audit(), &query)
    };
    let count = |seen: Option<&Seen>| time::count(seen.map_or(0, |s| lines::position(&s.entry)));
    let summary = match found.items.as_slice() {
        [] => String::new(),
        [only] => format!("Line {}", count(Some(only))),
        all => format!("Lines {} to {}", count(all.last()), count(all.first())),
    };
    Pager {
        newer: (!asked.before.is_empty()).then(|| to("")),
        older: found.next.as_ref().map(|next| to(&next.0)),
        summary,
    }
}
