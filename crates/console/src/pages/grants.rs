//! Permissions for a while: who holds which, what for, how much longer; and ending one before its time.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Form, Named, Pager, badge, form, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name or a purpose.
    pub query: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// The viewer may end them.
    pub endable: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub grant: String,
    /// Absent: the person themselves.
    pub agent: Option<Named>,
    pub user: Named,
    pub application: Option<Named>,
    /// A secret of the vault, in place of an application.
    pub secret: Option<Named>,
    pub scopes: Vec<String>,
    /// It assigns, where others give a yes.
    pub assigns: bool,
    pub purpose: String,
    /// It has not begun.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Whoever had said yes to it has left: it waits for somebody else's word.
    pub in_review: bool,
    /// The viewer may say it.
    pub confirmable: bool,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Approvals,
        title: "Permissions in force",
        noun: "",
        badges: html! {},
        actions: html! { a.button href=(links::approvals()) { "Requests" } },
        lead: "What a yes gave for a while: it ends by itself, and everything that rests on it with it.",
        live: true,
    };
    let body = html! {
        (search::form(&links::grants(), "Filter permissions", &search::text("q", "Name or purpose", &view.query)))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No permission is in force.", "What is asked for and allowed appears here until it ends.")) }
            @else { (list(frame, view)) }
            (pager::pager(&view.pager, "Pages of permissions", ("First page", "Next page")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn list(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Who"),
        Column::of("For"),
        Column::most("What"),
        Column::wide("Why"),
        Column::of("Time left"),
        Column::act("Return"),
    ];
    let cells = |row: &Row| {
        vec![
            html! { @match &row.agent { Some(agent) => (name::agent(agent)), None => "themselves" } },
            name::user(&row.user),
            what(row),
            html! { @if row.purpose.is_empty() { span.muted { "not said" } } @else { q { (row.purpose) } } },
            left(frame, row),
            html! {
                @if row.in_review && row.confirmable { (keep(frame, row)) " " }
                @if view.endable { (end(frame, row)) }
            },
        ]
    };
    table("Permissions in force", COLUMNS, &view.rows.iter().map(cells).collect::<Vec<_>>())
}

fn what(row: &Row) -> Markup {
    html! {
        @match (&row.application, &row.secret) {
            (Some(application), _) => (name::application(application)),
            (None, Some(secret)) => a href=(links::secret(&secret.id)) { (secret.name) },
            (None, None) => "their account here",
        }
        @if row.assigns { " " (badge::quiet("assigned")) }
        @if row.in_review { " " (badge::quiet("in review: its approver has left")) }
        div.under { (name::scopes(&row.scopes)) }
    }
}

fn left(frame: &Frame, row: &Row) -> Markup {
    html! {
        // A sentence is one thing in its cell, also where cells are rows of a card.
        @if let Some(from) = row.from { p { "begins " (time::ago(frame.now, from)) } }
        p { @match row.until { Some(end) => { "ends " (time::ago(frame.now, end)) }, None => "until it is ended" } }
    }
}

fn keep(frame: &Frame, row: &Row) -> Markup {
    let who = row.agent.as_ref().unwrap_or(&row.user);
    let f = Form::button(frame, "confirm");
    form::button_post(&f, &links::grant_confirm(&row.grant), "", "Keep", &format!("the permission of {}", who.name), &html! {})
}

fn end(frame: &Frame, row: &Row) -> Markup {
    let who = row.agent.as_ref().unwrap_or(&row.user);
    let question = format!("End this permission of {}? Tokens and leases that rest on it die at once.", who.name);
    let f = Form::button(frame, "return").confirm(question);
    form::button_post(&f, &links::grant_return(&row.grant), "danger", "Return", &format!("the permission of {}", who.name), &html! {})
}

fn full() -> View {
    let row = |n: u8, agent: Option<Named>| Row {
        grant: format!("grt_06cf2m4k1ov3gq5s8t0a9b7c{n}d"),
        agent,
        user: sample::alice(),
        application: Some(sample::finance()),
        secret: None,
        scopes: vec!["invoices.pay".into()],
        assigns: false,
        purpose: "Pay the invoice of Acme Corp".into(),
        from: None,
        until: Some(sample::after(840)),
        in_review: n == 2,
        confirmable: true,
    };
    let secret = Some(Named::new("sec_06cf2m4k1ov3gq5s8t0a9b7c1d", "crm-access"));
    View {
        query: String::new(),
        rows: vec![
            row(1, Some(sample::finance_agent())),
            Row { assigns: true, from: Some(sample::after(3_600)), until: Some(sample::after(7_200)), ..row(2, None) },
            Row { application: None, secret, scopes: Vec::new(), purpose: String::new(), ..row(3, Some(sample::hr_agent())) },
        ],
        pager: Pager { summary: "3 permissions on this page".into(), ..Pager::default() },
        endable: true,
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        for row in &mut view.rows {
            row.purpose = text.into();
            row.user = Named::new("usr_8", text);
            row.scopes = vec![text.into()];
        }
        view
    };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("watched", View { endable: false, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
