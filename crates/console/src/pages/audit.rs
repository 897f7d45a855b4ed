//! The audit log as a timeline.

use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::{EventRow, Pager, Verdict, name, pager, search, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub filter: Filter,
    /// Every kind of event there is, for the list to choose from.
    pub kinds: Vec<String>,
    pub rows: Vec<EventRow>,
    pub pager: Pager,
    /// Lines in the log.
    pub size: u64,
    /// This page shows the newest lines, so it may grow at its top.
    pub newest: bool,
}

/// What is asked for; the fields are those of the address, empty for all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: String,
    /// `allow`, `deny` or `pending`.
    pub verdict: String,
    /// Name or id.
    pub agent: String,
    pub user: String,
    pub application: String,
    pub client: String,
    /// `1h`, `24h`, `7d` or `30d`.
    pub window: String,
    /// In UTC, as `2026-01-31T09:00`.
    pub from: String,
    pub until: String,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Audit,
        title: "Audit log",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Every decision and every change, in order, none of them removable.",
        live: view.newest,
    };
    let body = html! {
        (filters(view))
        div #results data-live { (results(frame, view)) }
    };
    frame::desk(frame, &head, &body)
}

fn results(frame: &Frame, view: &View) -> Markup {
    html! {
        (state(view))
        (timeline::timeline(frame, Some("timeline"), &view.rows,
            ("Nothing fits this filter.", "Widen the time window, or take a filter away.")))
        (pager::pager(&view.pager, "Pages of the log", ("Newer", "Older")))
    }
}

fn state(view: &View) -> Markup {
    html! {
        p.log-state {
            strong { (time::count(view.size)) } " lines"
            " · signed once a second · verify offline with " (name::code("chancery audit verify"))
        }
    }
}

fn filters(view: &View) -> Markup {
    let filter = &view.filter;
    let mut kinds = vec![(String::new(), "All kinds".to_owned())];
    kinds.extend(view.kinds.iter().map(|k| (k.clone(), k.clone())));
    let mut verdicts = vec![(String::new(), "All".to_owned())];
    verdicts.extend(Verdict::ALL.map(|v| (v.as_str().to_owned(), v.word().to_owned())));
    let windows = [
        ("", "Any time"),
        ("1h", "Last hour"),
        ("24h", "Last 24 hours"),
        ("7d", "Last 7 days"),
        ("30d", "Last 30 days"),
    ]
    .map(|(value, words)| (value.to_owned(), words.to_owned()));
    search::form(
        &links::audit(),
        "Filter the log",
        &html! {
            (search::text("agent", "Agent", &filter.agent))
            (search::text("user", "Person", &filter.user))
            (search::text("client", "Client", &filter.client))
            (search::text("application", "Application", &filter.application))
            (search::choice("verdict", "Decision", &verdicts, &filter.verdict))
            (search::choice("kind", "Kind", &kinds, &filter.kind))
            (search::choice("window", "When", &windows, &filter.window))
            (search::time("from", "From (UTC)", &filter.from))
            (search::time("until", "Until (UTC)", &filter.until))
        },
    )
}

fn full() -> View {
    View {
        kinds: ["token_decided", "client_authentication_failed", "member_removed", "agent_contained"].map(str::to_owned).to_vec(),
        rows: sample::events(),
        pager: Pager {
            newer: None,
            older: Some(links::with(links::audit(), &[("before", "31877")])),
            summary: "Lines 31,877 to 48,214".into(),
        },
        size: 48_214,
        newest: true,
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let denied = Filter { verdict: "deny".into(), window: "24h".into(), ..Filter::default() };
    let filtered = View { filter: denied, rows: vec![sample::denial()], ..full() };
    let pager = Pager { newer: Some(links::audit()), older: None, summary: "Lines 1 to 6".into() };
    let text = || sample::HOSTILE.to_owned();
    let filter = Filter {
        agent: text(),
        user: text(),
        application: text(),
        client: text(),
        kind: text(),
        from: text(),
        until: text(),
        ..Filter::default()
    };
    let hostile = View { filter, kinds: vec![text()], rows: vec![sample::hostile_event()], ..full() };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("filtered", filtered),
        ("older", View { pager, newest: false, ..full() }),
        ("hostile", hostile),
    ]
}
