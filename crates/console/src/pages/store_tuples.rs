//! The tuples of a store, by any part of them.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::Frame;
use crate::parts::place::{Place, Room};
use crate::parts::table::{Column, table};
use crate::parts::name::{self, plain};
use crate::parts::{Named, Pager, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    /// Filters, as they were typed.
    pub object: String,
    pub relation: String,
    pub user: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    pub has_model: bool,
    /// Whether the person may add and remove.
    pub writable: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub object: String,
    pub relation: String,
    pub user: String,
    pub condition: Option<String>,
    pub written: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let id = &view.store.id;
    let place = Place {
        lead: "Each says that a user has a relation to an object. Before one comes or goes, you see who gains and who loses.",
        actions: html! { @if view.has_model && view.writable { a.button.primary href=(links::store_change(id)) { "Add tuples" } } },
        ..Place::new(&view.store, Room::Tuples, "Tuples")
    };
    let filters = html! {
        (search::text("object", "Object, or its type", &view.object))
        (search::text("relation", "Relation", &view.relation))
        (search::text("user", "User", &view.user))
    };
    let body = html! {
        @if !view.has_model { (notice::line(notice::Tone::Info, "This store has no model yet: write one first.")) }
        (search::form(&links::store_tuples(id), "Filter tuples", &filters))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No tuple here.", if view.writable { "Add one, or try another filter." } else { "Try another filter." })) }
            @else { (list(frame, view)) }
            (pager::pager(&view.pager, "Pages of tuples", ("First page", "Next page")))
        }
    };
    place.render(frame, &body)
}

fn list(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Object"),
        Column::of("Relation"),
        Column::of("User"),
        Column::of("Condition"),
        Column::of("Written"),
        Column::act("Remove"),
    ];
    let columns = if view.writable { COLUMNS } else { COLUMNS.split_last().map_or(COLUMNS, |(_, rest)| rest) };
    let cells = |row: &Row| {
        let removal = [
            ("act", "remove"),
            ("object", row.object.as_str()),
            ("relation", row.relation.as_str()),
            ("user", row.user.as_str()),
        ];
        let mut cells = vec![
            name::part(&row.object),
            name::part(&row.relation),
            name::part(&row.user),
            html! { @match &row.condition { Some(name) => code { (name) }, None => span.muted { "none" } } },
            time::ago(frame.now, row.written),
        ];
        if view.writable {
            cells.push(html! {
                a.button.small href=(links::with(links::store_change(&view.store.id), &removal)) {
                    "Remove" span.hidden { " " (plain(&row.object)) "#" (row.relation) "@" (plain(&row.user)) }
                }
            });
        }
        cells
    };
    table("Tuples", columns, &view.rows.iter().map(cells).collect::<Vec<_>>())
}

fn full() -> View {
    let row = |object: &str, relation: &str, user: &str, condition: Option<&str>| Row {
        object: object.into(),
        relation: relation.into(),
        user: user.into(),
        condition: condition.map(str::to_owned),
        written: sample::before(7_200),
    };
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        object: "document".into(),
        relation: String::new(),
        user: String::new(),
        rows: vec![
            row("document:plan", "viewer", "group:eng#member", None),
            row("document:plan", "viewer", "user:anne", Some("in_hours")),
        ],
        pager: Pager { summary: "2 tuples on this page, of 12,408 in the store".into(), ..Pager::default() },
        has_model: true,
        writable: true,
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        for row in &mut view.rows {
            (row.object, row.relation, row.user) = (text.into(), text.into(), text.into());
        }
        View { store: Named::new(text, text), object: text.into(), user: text.into(), ..view }
    };
    let read = View { writable: false, ..full() };
    let empty = View { rows: Vec::new(), has_model: false, object: String::new(), ..full() };
    vec![("empty", empty), ("full", full()), ("read", read), ("long", odd(sample::LONG)), ("hostile", odd(sample::HOSTILE))]
}
