//! Groups of people.

use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, form, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name.
    pub query: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Form `create`: `name`, `description`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub group: Named,
    pub description: String,
    pub members: u64,
    /// Names of the applications membership opens.
    pub applications: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Groups,
        title: "Groups",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Assign a group to an application, and all its members reach it, with or without an agent.",
        live: false,
    };
    let body = html! {
        (search::form(&links::groups(), "Filter groups", &search::text("q", "Name", &view.query)))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No group here.", "Create one below, or try another filter.")) }
            @else { (list(&view.rows)) }
            (pager::pager(&view.pager, "Pages of groups", ("First page", "Next page")))
        }
        (create(frame, &view.draft))
    };
    frame::desk(frame, &head, &body)
}

fn list(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Group"), Column::right("Members"), Column::of("Gives access to")];
    let cells = |row: &Row| {
        vec![
            html! { (name::group(&row.group)) @if !row.description.is_empty() { p.under { (row.description) } } },
            html! { (time::count(row.members)) },
            html! { @if row.applications.is_empty() { span.muted { "nothing" } } @else { (row.applications.join(", ")) } },
        ]
    };
    table("Groups", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn create(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "create", draft);
    let body = f.post(
        &links::groups(),
        &html! {
            (f.text("name", "Name").required().most(120).hint("Unique here."))
            (f.text("description", "Description").most(400))
            (form::submit("Create group"))
        },
    );
    form::disclosure("Create a group", f.is_refused(), &body)
}

fn full() -> View {
    let row = |group: Named, description: &str, members, application: &str| Row {
        group,
        description: description.into(),
        members,
        applications: vec![application.into()],
    };
    let unused = Row { applications: Vec::new(), ..row(Named::new("grp_3", "CONTRACTORS"), "", 0, "") };
    View {
        rows: vec![
            row(sample::finance_users(), "May use the finance system.", 214, "FinanceApp"),
            row(Named::new("grp_2", "HR_APP_USERS"), "May use the personnel system.", 1_031, "HRApp"),
            unused,
        ],
        pager: Pager { summary: "3 groups".into(), ..Pager::default() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| Row {
        group: Named::new("grp_8", text),
        description: text.into(),
        members: 1,
        applications: vec![text.into()],
    };
    let refused = Draft::of("create").value("name", "HR_APP_USERS").problem("name", "This name is taken.");
    let hostile = View { query: sample::HOSTILE.into(), rows: vec![odd(sample::HOSTILE)], ..View::default() };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
