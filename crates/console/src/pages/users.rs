//! People of the organization.

use chancery_kernel::Timestamp;
use chancery_model::UserStatus;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a login, name or e-mail address.
    pub query: String,
    /// `status`: empty, `active` or `disabled`.
    pub status: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Form `create`: `login`, `display_name`, `email`, `manager`, `password`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    /// Named by login.
    pub user: Named,
    pub display_name: String,
    pub email: String,
    pub status: UserStatus,
    pub groups: Vec<String>,
    pub since: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Users,
        title: "Users",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "People agents act for, and who own and answer for agents.",
        live: false,
    };
    let body = html! {
        (filters(view))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No user fits this filter.", "Try a shorter text.")) }
            @else { (list(frame, &view.rows)) }
            (pager::pager(&view.pager, "Pages of users", ("First page", "Next page")))
        }
        (create(frame, &view.draft))
    };
    frame::desk(frame, &head, &body)
}

fn filters(view: &View) -> Markup {
    let states = [("", "All"), ("active", "Active"), ("disabled", "Disabled")]
        .map(|(value, words)| (value.to_owned(), words.to_owned()));
    search::form(
        &links::users(),
        "Filter users",
        &html! {
            (search::text("q", "Login, name or e-mail", &view.query))
            (search::choice("status", "Status", &states, &view.status))
        },
    )
}

fn list(frame: &Frame, rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("User"),
        Column::of("E-mail"),
        Column::of("Status"),
        Column::of("Groups"),
        Column::of("Since"),
    ];
    let cells = |row: &Row| {
        vec![
            html! { (name::user(&row.user)) @if row.display_name != row.user.name { p.under { (row.display_name) } } },
            html! { (row.email) },
            badge::user(row.status),
            html! { @if row.groups.is_empty() { span.muted { "none" } } @else { (row.groups.join(", ")) } },
            time::ago(frame.now, row.since),
        ]
    };
    table("Users", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn create(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "create", draft);
    let body = f.post(
        &links::users(),
        &html! {
            div.pair {
                (f.text("login", "Login name").required().most(320).autocomplete("off")
                    .hint("What the person types to sign in; unique here."))
                (f.text("display_name", "Name").required().most(120).autocomplete("off"))
            }
            div.pair {
                (f.typed("email", "email", "E-mail").required().most(320).autocomplete("off"))
                (f.text("manager", "Manager").hint("Login name."))
            }
            (f.typed("password", "password", "First password").autocomplete("new-password")
                .hint("At least 15 characters. Leave empty if the person signs in elsewhere."))
            (form::submit("Create user"))
        },
    );
    form::disclosure("Create a user", f.is_refused(), &body)
}

fn full() -> View {
    let row = |user: Named, display_name: &str, status| Row {
        email: user.name.clone(),
        user,
        display_name: display_name.into(),
        status,
        groups: vec!["FINANCE_APP_USERS".into()],
        since: sample::before(4_000),
    };
    let quiet = Row {
        groups: Vec::new(),
        ..row(Named::new("usr_7", "old.hand@corp.example"), "Olaf Handke", UserStatus::Disabled)
    };
    View {
        rows: vec![
            row(sample::alice(), "Alice Moreau", UserStatus::Active),
            row(sample::ines(), "Ines Castell", UserStatus::Active),
            quiet,
        ],
        pager: Pager { summary: "3 users".into(), ..Pager::default() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| Row {
        user: Named::new("usr_8", text),
        display_name: text.into(),
        email: text.into(),
        status: UserStatus::Active,
        groups: vec![text.into()],
        since: sample::NOW,
    };
    let refused = Draft::of("create")
        .value("login", "alice@corp.example")
        .problem("login", "This login name is taken.");
    let hostile = View { query: sample::HOSTILE.into(), rows: vec![odd(sample::HOSTILE)], ..View::default() };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
