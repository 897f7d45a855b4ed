//! Stores of relationships.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Whether the person may make one.
    pub manageable: bool,
    /// Form `create`: `name`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub store: Named,
    pub has_model: bool,
    /// Each decision is evidence.
    pub recorded: bool,
    pub created: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Stores,
        title: "Relationships",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Stores of who may do what with which object. Applications ask them under /fga, as OpenFGA’s clients do.",
        live: false,
    };
    let body = html! {
        @if view.rows.is_empty() { (notice::empty("No store yet.", if view.manageable { "Create one below, then write its model." } else { "" })) }
        @else { (list(frame, &view.rows)) }
        (pager::pager(&view.pager, "Pages of stores", ("First page", "Next page")))
        @if view.manageable { (create(frame, &view.draft)) }
    };
    frame::desk(frame, &head, &body)
}

fn list(frame: &Frame, rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::most("Store"), Column::of("Model"), Column::of("Decisions"), Column::of("Made")];
    let cells = |row: &Row| {
        vec![
            html! { (name::store(&row.store)) p.under { code { (row.store.id) } } },
            html! { @if row.has_model { "written" } @else { (badge::warning("none yet")) } },
            html! { @if row.recorded { "recorded" } @else { span.muted { "not recorded" } } },
            time::ago(frame.now, row.created),
        ]
    };
    table("Stores", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn create(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "create", draft);
    let body = f.post(
        &links::stores(),
        &html! {
            (f.text("name", "Name").required().most(64).hint("3 to 64 letters, digits and spaces."))
            (form::submit("Create store"))
        },
    );
    form::disclosure("Create a store", f.is_refused(), &body)
}

fn full() -> View {
    let row = |id: &str, name: &str, has_model| Row {
        store: Named::new(id, name),
        has_model,
        recorded: has_model,
        created: sample::before(90_000),
    };
    View {
        rows: vec![row("01JDEMO0000000000000000001", "drive", true), row("01JDEMO0000000000000000002", "wiki", false)],
        pager: Pager { summary: "2 stores on this page".into(), older: Some(links::stores()), ..Pager::default() },
        manageable: true,
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        view.rows.iter_mut().for_each(|row| row.store = Named::new(text, text));
        view
    };
    let refused = Draft::of("create").value("name", "a").problem("name", "Use 3 to 64 characters.");
    vec![
        ("empty", View { manageable: true, ..View::default() }),
        ("read", View { manageable: false, ..full() }),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
