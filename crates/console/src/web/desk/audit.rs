//! The audit log, page by page, through its filters.

use axum::extract::Query;
use axum::response::Response;
use chancery_audit::{CATALOGUE, Subject, Verdict};
use chancery_context::Act;
use chancery_kernel::{
    AgentId, AppId, ClientId, Kind, Outcome, Page, PageRequest, Seconds, Timestamp, UserId,
};
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
    client: String,
    window: String,
    from: String,
    until: String,
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
            client: asked.client,
            window: asked.window,
            from: asked.from,
            until: asked.until,
        },
    })
}

fn filter(subjects: Vec<Subject>, asked: &Asked, now: Timestamp) -> events::Filter {
    let among = |word: &str| VERDICTS.iter().find(|(known, _)| *known == word).map(|(_, verdict)| *verdict);
    let known = CATALOGUE.iter().filter(|kind| kind.name == asked.kind);
    let window = WINDOWS.iter().find(|(word, _)| *word == asked.window);
    let window = window.map(|(_, length)| now.minus(*length));
    events::Filter {
        subjects,
        kinds: known.map(|kind| kind.name.to_owned()).collect(),
        verdict: among(&asked.verdict),
        from: window.into_iter().chain(minute(&asked.from)).max(),
        until: minute(&asked.until),
    }
}

/// A time as browsers send it, in UTC: `2026-01-31T09:00`, with or without seconds. What is none filters nothing.
fn minute(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let whole =
        if text.len() == "2026-01-31T09:00".len() { format!("{text}:00Z") } else { format!("{text}Z") };
    whole.parse().ok()
}

/// The ids that the filters name; none where one of them names nothing.
async fn subjects(seat: &Seat, asked: &Asked) -> Outcome<Option<Vec<Subject>>> {
    let cx = seat.cx();
    let mut found = Vec::new();
    if let Some(text) = typed(&asked.agent) {
        let id = match (text.parse::<AgentId>(), seat.may(Act::AgentRead)) {
            (Err(_), true) => known(read::agent(&cx, "agent", text).await)?,
            (id, _) => id.ok(),
        };
        let Some(id) = id else { return Ok(None) };
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
    if let Some(text) = typed(&asked.client) {
        let id = match (text.parse::<ClientId>(), seat.may(Act::ClientRead)) {
            (Err(_), true) => known(read::client(&cx, "client", text).await)?,
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

fn pager(asked: &Asked, found: &Page<Seen>) -> Pager {
    let to = |before: &str| {
        let query = [
            ("agent", asked.agent.as_str()),
            ("user", &asked.user),
            ("application", &asked.application),
            ("client", &asked.client),
            ("verdict", &asked.verdict),
            ("kind", &asked.kind),
            ("window", &asked.window),
            ("from", &asked.from),
            ("until", &asked.until),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_browsers_send_them_and_the_later_beginning_holds() {
        assert_eq!(minute("2026-01-31T09:00"), "2026-01-31T09:00:00Z".parse().ok());
        assert_eq!(minute("2026-01-31T09:00:30"), "2026-01-31T09:00:30Z".parse().ok());
        assert!(minute("").is_none() && minute("yesterday").is_none());
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let asked = |from: &str| Asked { window: "1h".into(), from: from.into(), ..Asked::default() };
        let from = |text: &str| filter(Vec::new(), &asked(text), now).from;
        assert_eq!(from("2026-01-31T11:30"), minute("2026-01-31T11:30"));
        assert_eq!(from("2026-01-31T09:00"), minute("2026-01-31T11:00"));
    }
}
