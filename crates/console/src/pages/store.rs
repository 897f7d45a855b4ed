//! One store: its models, newest first, and what was done to it.

use maud::{Markup, html};

use crate::frame::Frame;
use crate::parts::place::{Place, Room};
use crate::parts::table::{Column, table};
use crate::parts::{EventRow, Named, Pager, badge, facts, name, notice, pager, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    pub tuples: u64,
    pub version: u64,
    pub recorded: bool,
    pub models: Vec<Row>,
    pub pager: Pager,
    pub evidence: Vec<EventRow>,
    /// Whether the person may write models.
    pub manageable: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub newest: bool,
    pub types: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let place = Place {
        actions: html! {
            @for row in view.models.iter().filter(|row| row.newest) {
                a.button href=(links::store_model(&view.store.id, &row.id)) { "View the newest model" }
            }
            @if view.manageable { a.button href=(links::store_models(&view.store.id)) { "Write a model" } }
        },
        ..Place::new(&view.store, Room::Models, "Store of relationships")
    };
    let body = html! {
        div.columns.uneven {
            div {
                section aria-labelledby="models" { h2 #models { "Models" } (models(view)) }
                section aria-labelledby="evidence" {
                    h2 #evidence { "Recent evidence" }
                    (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
                }
            }
            div { section.panel aria-labelledby="facts" { h2 #facts { "What it holds" } (about(view)) } }
        }
    };
    place.render(frame, &body)
}

fn models(view: &View) -> Markup {
    const COLUMNS: &[Column] = &[Column::most("Version"), Column::of("Types")];
    let cells = |row: &Row| {
        vec![
            html! {
                a href=(links::store_model(&view.store.id, &row.id)) { code { (row.id) } }
                @if row.newest { " " (badge::quiet("newest")) }
            },
            html! { (row.types.join(", ")) },
        ]
    };
    html! {
        @if view.models.is_empty() { (notice::empty("No model yet.", "Write one: without it no tuple can be added.")) }
        @else { (table("Models", COLUMNS, &view.models.iter().map(cells).collect::<Vec<_>>())) }
        (pager::pager(&view.pager, "Pages of models", ("Newest", "Older")))
    }
}

fn about(view: &View) -> Markup {
    facts::facts(&[
        ("Tuples", html! { (time::count(view.tuples)) }),
        ("Version", html! { (view.version) }),
        ("Decisions", html! { @if view.recorded { "each is recorded" } @else { "not recorded" } }),
        ("Id", name::copied(&view.store.id)),
    ])
}

fn full() -> View {
    let row = |id: &str, newest| Row { id: id.into(), newest, types: vec!["user".into(), "document".into()] };
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        tuples: 12_408,
        version: 371,
        recorded: true,
        models: vec![row("01JDEMO0000000000000000012", true), row("01JDEMO0000000000000000011", false)],
        pager: Pager { summary: "2 models on this page".into(), ..Pager::default() },
        evidence: vec![sample::allowance()],
        manageable: true,
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let models = vec![Row { id: text.into(), newest: true, types: vec![text.into()] }];
        View { store: Named::new(text, text), models, ..full() }
    };
    let read = View { manageable: false, ..full() };
    let empty = View { models: Vec::new(), evidence: Vec::new(), tuples: 0, ..full() };
    vec![("empty", empty), ("full", full()), ("read", read), ("long", odd(sample::LONG)), ("hostile", odd(sample::HOSTILE))]
}
